import { check } from '../../errors.ts';
import { PIXELS_AT_ONCE } from '../paintedStripes.ts';
import { NOTHING_YET, type Stripe } from '../pictureCore.ts';
import type { TiffFile } from './tiffFile.ts';
import { EXTRA, FORMAT, PHOTOMETRIC } from './tiffLayout.ts';
import { bytesAt, numbers, packed, type Unpack } from './unpack.ts';

/** A block of uncompressed pixels: where it is in the picture and in the file. */
interface RawBlock {
  readonly x: number;
  readonly y: number;
  readonly layer: number;
  readonly offset: number;
}

/** How the rows of a block are packed; in planes, of which band. */
interface RowForm {
  readonly bits: number; // of a pixel
  readonly band: number;
  readonly bands: number; // that `unpack` writes
  readonly unpack: Unpack;
}

/**
 * Uncompressed pixels [height, width, bands] as Pillow reads them: blocks in the order of the file, so that of several
 * for one place the last counts; what no block covers is 0. With `fill`, so are rows that are missing at the end of the file.
 */
export function* readRawBlocks(file: TiffFile, fill: boolean): Generator<Stripe, Uint8Array> {
  const { width, height, layout, planes } = file;
  const blocks = rawBlocks(file);
  const forms = new Map([...new Set(blocks.map(({ layer }) => layer))].map((layer) => [layer, rowForm(file, layer)]));
  if (!fill) for (const block of blocks) checkBlock(file, block, forms.get(block.layer)!);
  const { bands } = layout;
  const out = new Uint8Array(width * height * bands);
  const plane = planes ? new Uint8Array(file.grid.blockWidth) : out;
  let painted = 0;
  for (const block of blocks) {
    const { bits, band, unpack, bands: written } = forms.get(block.layer)!;
    const [w, h] = sizeOf(file, block);
    const stride = strideOf(file, block, bits);
    const rows = fill ? Math.min(h, rowsThere(file, block, bits)) : h;
    for (let row = 0; row < rows; row++) {
      painted += w;
      if (painted > PIXELS_AT_ONCE) {
        painted = 0;
        yield NOTHING_YET;
      }
      const line = file.bytes.subarray(block.offset + row * stride);
      const to = ((block.y + row) * width + block.x) * bands;
      if (written === bands) unpack(line, out, to, w);
      else if (band < bands) {
        unpack(line, plane, 0, w);
        for (let i = 0; i < w; i++) out[to + band + i * bands] = plane[i];
      }
    }
  }
  return out;
}

/** The blocks that count, in the order of the file. */
function rawBlocks({ grid, planes, offsets }: TiffFile): RawBlock[] {
  const { across, down, blockWidth, blockHeight } = grid;
  const one = across === 1 && down === 1 && !planes;
  const given = (one ? offsets.slice(-1) : offsets).map((offset, i): RawBlock => {
    const place = i % (across * down);
    const layer = planes ? Math.floor(i / (across * down)) : 0;
    return { x: (place % across) * blockWidth, y: Math.floor(place / across) * blockHeight, layer, offset };
  });
  const last = new Map<string, RawBlock>();
  for (const block of given.sort((a, b) => a.offset - b.offset)) {
    const place = `${block.x},${block.y},${block.layer}`;
    last.delete(place);
    last.set(place, block);
  }
  return [...last.values()];
}

function sizeOf({ width, height, grid }: TiffFile, { x, y }: RawBlock): [width: number, height: number] {
  return [Math.min(grid.blockWidth, width - x), Math.min(grid.blockHeight, height - y)];
}

/** Bytes from row to row. */
function strideOf({ width, grid, form, planes }: TiffFile, { x }: RawBlock, bits: number): number {
  if (x + grid.blockWidth <= width) return Math.ceil((grid.blockWidth * bits) / 8);
  const whole = (grid.blockWidth * form.bits * form.samples) / 8;
  // Pillow divides by the number of channels that the color has, which a fourth sample without a meaning is none of
  const channels = (COLOR_CHANNELS[form.photometric] ?? 1) + form.extra.length;
  return Math.floor(planes ? whole / channels : whole);
}

function checkBlock(file: TiffFile, block: RawBlock, { bits }: RowForm): void {
  const [width, height] = sizeOf(file, block);
  const [line, stride] = [Math.ceil((width * bits) / 8), strideOf(file, block, bits)];
  check(line <= stride, 'InvalidImage', `Cannot decode TIFF: rows of ${line} bytes do not fit into ${stride}`);
  const needed = block.offset + stride * (height - 1) + line;
  check(block.offset >= 0 && needed <= file.bytes.length, 'InvalidImage', () => {
    return `Cannot decode TIFF: a block ends at byte ${needed}, got ${file.bytes.length} bytes`;
  });
}

/** The rows of a block that are whole in the file; none where rows do not fit into their place. */
function rowsThere(file: TiffFile, block: RawBlock, bits: number): number {
  const [line, stride] = [Math.ceil((sizeOf(file, block)[0] * bits) / 8), strideOf(file, block, bits)];
  const there = file.bytes.length - block.offset - line;
  return line > stride || there < 0 ? 0 : Math.floor(there / stride) + 1;
}

function rowForm({ form, layout, planes }: TiffFile, layer: number): RowForm {
  const { bands, unpack } = layout;
  if (!planes) return { bits: form.bits * form.samples, band: 0, bands, unpack };
  const plane = bands === 1 ? singlePlane(layer, form, layout.color) : channelPlane(layer, form, layout.color);
  check(plane, 'InvalidImage', `Cannot decode TIFF: Pillow does not read plane ${layer} of such pixels`);
  return { ...plane, band: layer, bands: 1 };
}

const COLOR_CHANNELS: Readonly<Record<number, number>> = {
  [PHOTOMETRIC.rgb]: 3,
  [PHOTOMETRIC.ycbcr]: 3,
  [PHOTOMETRIC.cmyk]: 4,
};

type Plane = Pick<RowForm, 'bits' | 'unpack'>;
type Form = TiffFile['form'];
type Color = TiffFile['layout']['color'];

const BYTES: Plane = { bits: 8, unpack: bytesAt([0], 1) };

/** One channel as a plane: Pillow keeps only the kind of the number, and reads it as one of 1, 8 or 32 bits. */
function singlePlane(layer: number, { bits, samples, sampleFormat }: Form, color: Color): Plane | undefined {
  if (layer > 0 || samples > 1) return undefined;
  if (color === 'palette') return BYTES;
  if (bits === 1) return { bits: 1, unpack: packed(1, { inverted: false, stretched: true, reversed: false }) };
  if (bits <= 8) return BYTES;
  if (bits === 12 || (bits === 16 && sampleFormat === FORMAT.unsigned)) return undefined;
  return { bits: 32, unpack: numbers(sampleFormat === FORMAT.float ? 'getFloat32' : 'getInt32', true) };
}

/** Red, green, blue and alpha, or cyan, magenta, yellow and black: Pillow takes 8 bits of each, also where there are 16. */
function channelPlane(layer: number, { samples, extra }: Form, color: Color): Plane | undefined {
  if (color === 'ycbcr' || layer >= Math.min(samples, 4)) return undefined;
  return layer === 3 && extra[0] === EXTRA.premultiplied ? undefined : BYTES;
}
