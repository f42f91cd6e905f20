import { BeitError } from '../../errors.ts';
import { instantiate } from '../../wasm/core.ts';

/** The exports of core-as/webp. Addresses are bytes of `memory`. */
export interface WebpCore {
  readonly memory: WebAssembly.Memory;
  /** What the last call that failed met, and at which address. */
  readonly failure: WebAssembly.Global<'i32'>;
  readonly failure_at: WebAssembly.Global<'i32'>;
  /** Addresses of the lines and rows that were finished last, RGB; they are valid up to the next call. */
  readonly lines: WebAssembly.Global<'i32'>;
  readonly rgb_rows: WebAssembly.Global<'i32'>;
  /** Releases all memory that was reserved. */
  release_all(): void;
  /** Reserves so many bytes; 0 when the memory cannot grow so far. */
  reserve(bytes: bigint): number;
  /** Starts a VP8 frame at the addresses [from, end); 0 on failure. */
  start_frame(from: number, end: number, width: number, height: number): number;
  /** Decodes a row of macroblocks. Returns how many lines are finished, −1 on failure. */
  next_lines(): number;
  /** Starts a lossless image at the addresses [from, end), behind a header of so many bytes; 0 on failure. */
  start_image(from: number, end: number, header: number, width: number, height: number): number;
  /** Goes on with a lossless image. Returns how many rows are finished, 0 for none yet, −1 on failure. */
  next_rows(): number;
  /** Goes on with a lossless image whose rows are not needed. Returns 1 once it has been read, 0 before, −1 on failure. */
  check_pixels(): number;
}

/** What `failure` means; the order is that of core-as/webp/failure.ts. */
const FAILURES = [
  '',
  'the data end before the picture',
  'no memory',
  'a partition that is larger than the image',
  'code lengths that make no prefix code',
  'a color cache of 0 or more than 11 bits',
  'a transform that is there twice',
  'a copy from before the first pixel, or beyond the last',
];
const NO_MEMORY = 2;
/** An instance is kept for the next picture while its memory is not larger. */
const KEPT_BYTES = 16 << 20;

let idle: WebpCore | undefined;

/** An instance for one picture: each has its own, since pictures are decoded in turns. */
export function takeWebpCore(module: WebAssembly.Module): WebpCore {
  const core = idle ?? instantiate<WebpCore>(module);
  idle = undefined;
  return core;
}

/** Keeps an instance for the next picture. */
export function keepWebpCore(core: WebpCore): void {
  core.release_all();
  if (core.memory.buffer.byteLength <= KEPT_BYTES) idle = core;
}

/** The error of the last call, which failed; `base` is what addresses are counted from. */
export function webpFailure({ failure, failure_at }: WebpCore, base: number): BeitError {
  if (failure.value === NO_MEMORY) return outOfMemory();
  return new BeitError(
    'InvalidImage',
    `Cannot decode WebP: ${FAILURES[failure.value]}, at byte ${(failure_at.value >>> 0) - base}`,
  );
}

export function outOfMemory(): BeitError {
  return new BeitError('OutOfMemory', 'Cannot decode WebP: the memory of its decoder cannot grow so far');
}
