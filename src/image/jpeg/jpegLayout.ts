import { check } from '../../errors.ts';
import type { PictureCore } from '../pictureCore.ts';
import type { JpegFile } from './jpegFile.ts';
import type { JpegComponent, JpegFrame } from './jpegFrame.ts';
import type { JpegTables } from './jpegTables.ts';

/** Pixels decoded in one go: some milliseconds. */
const PIXELS_AT_ONCE = 1 << 18;

/** How a frame is cut into MCUs, and where its parts are in the memory of the core. */
export interface JpegLayout {
  readonly columns: number; // of MCUs
  readonly rows: number;
  readonly lines: number; // rows of pixels in a row of MCUs
  readonly rowsAtOnce: number; // rows of MCUs
  /** Whether one scan has all: then blocks become samples as they are read, else every coefficient is kept. */
  readonly single: boolean;
  readonly file: number; // address of the first byte
  readonly tables: number; // 272 bytes to hand tables over
  readonly stripe: number; // RGB of `rowsAtOnce`
  readonly components: readonly ComponentLayout[];
}

/** Blocks of a component. */
export interface ComponentLayout {
  readonly h: number;
  readonly v: number;
  readonly wide: number; // blocks that count
  readonly high: number;
  readonly coefficients: number; // address of i16 [blocks padded to whole MCUs, 64]
  readonly bytes: number; // of them
}

/** Makes room for a frame; sampling factors that do not divide the largest are rejected, as libjpeg does. */
export function layOut({ bytes, frame, tables, firstScan }: JpegFile, { kernels, arena }: PictureCore): JpegLayout {
  const { width, height } = frame;
  const components = frame.components.length === 1 ? [aloneInFrame(frame)] : frame.components;
  const h = Math.max(...components.map((c) => c.h));
  const v = Math.max(...components.map((c) => c.v));
  const even = components.every((c) => h % c.h === 0 && v % c.v === 0);
  check(even, 'UnsupportedFormat', 'Cannot decode JPEG: its sampling factors do not divide each other');
  const [columns, rows, lines] = [Math.ceil(width / (8 * h)), Math.ceil(height / (8 * v)), 8 * v];
  const single = !frame.progressive && firstScan.data[0] === components.length;
  const rowsAtOnce = Math.min(rows, Math.max(1, Math.floor(PIXELS_AT_ONCE / (width * lines))));
  const file = arena.reserve(bytes.length + 16);
  const handover = arena.reserve(272);
  const stripe = arena.reserve(rowsAtOnce * lines * width * 3 + 64);
  const places = components.map((c) => {
    const [blocksX, blocksY] = [columns * c.h, rows * c.v];
    const stride = blocksX * 8;
    const bytes = single ? 0 : blocksX * blocksY * 128;
    const coefficients = arena.reserve(bytes);
    const samples = arena.reserve((1 + 8 * c.v) * stride + 16);
    // a widened row, and behind it the sums it is made from
    const line = arena.reserve(stride * (h / c.h) + 64 + 2 * stride + 128);
    return { ...sizeOf(c, frame, h, v), blocksX, coefficients, bytes, samples, line };
  });
  arena.commit();
  for (const [i, c] of places.entries()) {
    const { blocksX, wide, high, coefficients, samples, line } = c;
    const [factorX, factorY] = [h / c.h, v / c.v];
    kernels.jpeg_component(
      i,
      c.h,
      c.v,
      blocksX,
      wide,
      high,
      c.width,
      c.height,
      factorX,
      factorY,
      coefficients,
      samples,
      line,
    );
    arena.u8(kernels.jpeg_quantization(i), 128).fill(0);
  }
  kernels.jpeg_frame(width, height, columns, rows, lines, components.length, colorsOf(frame, tables));
  return { columns, rows, lines, rowsAtOnce, single, file, tables: handover, stripe, components: places };
}

/**
 * The blocks of a single component come one by one, whatever its factors. Yet libjpeg counts rows of `v` blocks where it smooths
 * a progressive file, and where it stores the last row that had data.
 */
function aloneInFrame({ components: [component], progressive }: JpegFrame): JpegComponent {
  return { ...component, h: 1, v: progressive ? component.v : 1 };
}

/** Samples and blocks of a component that count. */
function sizeOf({ h, v }: JpegComponent, frame: JpegFrame, mostH: number, mostV: number) {
  const width = Math.ceil((frame.width * h) / mostH);
  const height = Math.ceil((frame.height * v) / mostV);
  return { h, v, width, height, wide: Math.ceil(width / 8), high: Math.ceil(height / 8) };
}

/** As `core-as/picture/jpeg/color.ts` counts. */
const COLORS = { gray: 0, rgb: 1, ycc: 2, cmyk: 3, ycck: 4 };

/** Which colors the components are, by the rules of libjpeg. */
function colorsOf({ components }: JpegFrame, { jfif, adobeTransform }: JpegTables): number {
  if (components.length === 1) return COLORS.gray;
  if (components.length === 4) return (adobeTransform ?? 0) === 0 ? COLORS.cmyk : COLORS.ycck;
  if (jfif) return COLORS.ycc;
  const named = String.fromCharCode(...components.map(({ id }) => id)) === 'RGB';
  return (adobeTransform ?? (named ? 0 : 1)) === 0 ? COLORS.rgb : COLORS.ycc;
}
