import { platform } from '#platform';
import { decoderModule } from '../engine/coreSource.ts';
import { throwIfAborted } from '../errors.ts';
import { Arena } from '../wasm/arena.ts';
import { instantiate } from '../wasm/core.ts';

/**
 * The exports of the core for pictures (`core-as/picture/index.ts`). Pointers are bytes. One picture is decoded at a time: the
 * tables, the components and the place in the file are kept between the calls.
 */
export interface PictureKernels {
  readonly memory: WebAssembly.Memory;
  /** First byte the host may use. */
  readonly heapBase: WebAssembly.Global;

  /** A file that ends at `end` is in memory; 16 bytes behind may be read. What is read of its scans is overwritten. */
  jpeg_open(end: number): void;
  /** Builds Huffman table `slot` (0 to 3 for DC, 4 to 7 for AC) from 16 counts and the symbols; 0 when it cannot be. */
  jpeg_huffman(slot: number, from: number): number;
  /** Where the quantization steps of a component are kept: i16 [64], in rows. */
  jpeg_quantization(component: number): number;
  /** Describes a component; `core-as/picture/jpeg/component.ts` says in which units. */
  jpeg_component(index: number, ...fields: JpegComponentFields): void;
  /** Describes the frame: pixels, MCUs, rows of pixels in a row of MCUs, components, colors (`jpeg/color.ts`). */
  jpeg_frame(
    width: number,
    height: number,
    columns: number,
    rows: number,
    lines: number,
    components: number,
    colors: number,
  ): void;
  /** Says which component the i-th of the next scan is, and its Huffman tables. */
  jpeg_scan_part(i: number, component: number, dc: number, ac: number): void;
  /** Begins a scan whose data are at `at`; `core-as/picture/jpeg/scan.ts` names the kinds. */
  jpeg_scan(
    kind: number,
    components: number,
    from: number,
    to: number,
    low: number,
    restartInterval: number,
    at: number,
  ): void;
  /** Reads rows of a scan into the coefficients: of MCUs, or of blocks where the scan has one component. */
  jpeg_scan_rows(begin: number, end: number, columns: number): void;
  /** Where the file goes on behind the data that were read last. */
  jpeg_scan_end(): number;
  /** 1 when the file ends where libjpeg waits for more bytes. */
  jpeg_suspended(): number;
  /** Where the precision of a component is kept: i32 [2, 10], low bits not known after the last scan and before it. */
  jpeg_precision(component: number): number;
  /** Smooths between the blocks of a progressive file, or not. */
  jpeg_smooth(on: number): void;
  /** Rows of MCUs as RGB to `out`, 64 bytes more may be written; returns how many rows of pixels. */
  jpeg_pixels(begin: number, end: number, out: number, single: number): number;

  /** The zlib stream of a PNG at [from, end), 64 bytes behind may be read; `core-as/picture/png/rows.ts` says what the others are. */
  png_open(
    from: number,
    end: number,
    buffer: number,
    size: number,
    line: number,
    lineSize: number,
    pixel: number,
  ): void;
  /** Describes the samples, and whether they are wanted as u16 numbers instead of RGB; `bytes` and `row` are scratch. */
  png_format(depth: number, color: number, samples: number, numbers: number, bytes: number, row: number): void;
  /** Where the palette is kept: u32 [256], red lowest. */
  png_palette(): number;
  /** Rows of so many bytes follow, above them one of zeros. */
  png_pass(bytes: number): void;
  /** The distance, in pixels, of the pixels of the rows to come; 0 where there is one pass. */
  png_spacing(pixels: number): void;
  /** Writes up to `count` rows of `width` pixels, `step` bytes apart; returns how many. */
  png_rows(count: number, width: number, out: number, step: number): number;
  /** Why there were fewer: 1 the stream is over, 2 its data end, 3 they are broken, 4 + 256 · type a filter that does not exist. */
  png_failure(): number;
  png_wrong_checksum(): number;

  /** The horizontal pass of Pillow's resize: rows [begin, end) of RGB; strides in bytes. */
  resample_horizontal(
    begin: number,
    end: number,
    out: number,
    outStride: number,
    x: number,
    xStride: number,
    width: number,
    starts: number,
    counts: number,
    weights: number,
    taps: number,
  ): void;
  /** The vertical pass: output rows [begin, end) of `bytes` bytes. */
  resample_vertical(
    begin: number,
    end: number,
    out: number,
    outStride: number,
    x: number,
    xStride: number,
    bytes: number,
    starts: number,
    counts: number,
    weights: number,
    taps: number,
  ): void;
}

type JpegComponentFields = [
  h: number,
  v: number,
  blocksX: number,
  wide: number,
  high: number,
  width: number,
  height: number,
  factorX: number,
  factorY: number,
  coefficients: number,
  samples: number,
  line: number,
];

/** The core for pictures over its memory. */
export interface PictureCore {
  readonly kernels: PictureKernels;
  readonly arena: Arena;
}

/** Rows of RGB in the memory of the core, good until the next stripe is asked for. */
export interface Stripe {
  readonly first: number; // row of the picture
  readonly count: number; // rows; 0 where a decoder has worked and has none yet
  readonly at: number; // address
}

/** A decoder has worked and has no rows yet. */
export const NOTHING_YET: Stripe = { first: 0, count: 0, at: 0 };

/** A picture whose header has been read. */
export interface StripedPicture {
  readonly width: number;
  readonly height: number;
  readonly orientation: number; // 1…8, as EXIF counts
  /** Decodes it from the top. Between two stripes are some milliseconds of work. */
  stripes(core: PictureCore): Generator<Stripe, void>;
}

/** An instance that grew to more than this many bytes is dropped after its picture. */
const KEPT_BYTES = 16e6;
/** So long a decoder runs before the event loop turns. Unit: ms. */
const SLICE = 16;

let idle: PictureKernels | undefined;

/** Lends an instance of the core for one picture; it is compiled once. */
export async function withPictureCore<T>(use: (core: PictureCore) => Promise<T>): Promise<T> {
  const kernels = idle ?? instantiate<PictureKernels>(await decoderModule('core.picture.wasm'));
  idle = undefined;
  const result = await use({ kernels, arena: new Arena(kernels.memory, kernels.heapBase.value as number) });
  // one that failed may be in any state
  if (kernels.memory.buffer.byteLength <= KEPT_BYTES) idle = kernels;
  return result;
}

/** Decodes a picture; `take` is called for every stripe. */
export function eachStripe(
  picture: StripedPicture,
  core: PictureCore,
  signal: AbortSignal | undefined,
  take: (stripe: Stripe) => void,
): Promise<void> {
  return inSlices(picture.stripes(core), signal, (stripe) => {
    if (stripe.count > 0) take(stripe);
  });
}

/** Does work that pauses every few milliseconds. The event loop turns, and the signal is heard, within 50 ms. */
export async function inSlices<Piece, Result>(
  work: Generator<Piece, Result>,
  signal: AbortSignal | undefined,
  take?: (piece: Piece) => void,
): Promise<Result> {
  throwIfAborted(signal);
  let turned = performance.now();
  for (;;) {
    const { value, done } = work.next();
    if (done) return value;
    take?.(value);
    if (performance.now() - turned < SLICE || !platform.canYieldDuringPass) continue;
    await platform.yieldToEventLoop();
    throwIfAborted(signal);
    turned = performance.now();
  }
}
