import { BeitError } from '../../errors.ts';
import { type PictureCore, type Stripe, type StripedPicture, withPictureCore } from '../pictureCore.ts';
import type { SampleGrid } from '../pixels.ts';
import { openPng, type PngFile } from './pngFile.ts';
import { PALETTE } from './pngHeader.ts';
import { lineBytes, type Pass, passesOf } from './pngPasses.ts';

/** Pixels decoded in one go: some milliseconds. */
const PIXELS_AT_ONCE = 1 << 18;
/** Inflated bytes that a match may repeat, and those that are made in one go. */
const HISTORY = 1 << 15;
const INFLATED = 1 << 17;
/** What the core may write too far. */
const MARGIN = 64;

/**
 * A PNG as stripes of RGB, as Pillow's `convert("RGB")` gives them: alpha dropped, gray and palettes widened. With `fill`,
 * what comes behind broken data is black.
 */
export function stripedPng(bytes: Uint8Array, maxPixels: number | undefined, fill: boolean): StripedPicture {
  const file = openPng(bytes, maxPixels);
  const { width, height } = file.header;
  return {
    width,
    height,
    orientation: file.orientation,
    stripes: (core) => new PngDecoder(file, core, 3, fill).stripes(),
  };
}

/**
 * The samples of a PNG of one channel.
 *
 * @throws `UnsupportedFormat` for other PNG
 */
export async function pngLabels(bytes: Uint8Array, maxPixels: number | undefined): Promise<SampleGrid> {
  const file = openPng(bytes, maxPixels);
  const { samples } = file.header;
  if (samples === 1) return withPictureCore(async (core) => pngSamples(file, core));
  throw new BeitError('UnsupportedFormat', `Cannot read a label map: expected one channel, got ${samples}`);
}

/**
 * The first sample of every pixel as numpy has it from Pillow's picture: gray levels, or the indices of a palette. One bit is
 * 0 or 1, 16 bits stay whole.
 */
function pngSamples(file: PngFile, core: PictureCore): SampleGrid {
  const { width, height } = file.header;
  const data = new Int32Array(width * height);
  for (const { first, count, at } of new PngDecoder(file, core, 2, false).stripes()) {
    data.set(new Uint16Array(core.arena.memory.buffer, at, count * width), first * width);
  }
  return { data, width, height, channels: 1 };
}

class PngDecoder {
  readonly #file: PngFile;
  readonly #core: PictureCore;
  readonly #size: 2 | 3; // bytes of a pixel that is written: a number or RGB
  readonly #fill: boolean;
  readonly #rowsAtOnce: number;
  readonly #data: number; // the zlib stream
  readonly #out: number; // a stripe, or the whole of an interlaced picture

  constructor(file: PngFile, core: PictureCore, size: 2 | 3, fill: boolean) {
    this.#file = file;
    this.#fill = fill;
    this.#core = core;
    this.#size = size;
    const { width, height, bitDepth, colorType, samples, interlaced } = file.header;
    const { kernels, arena } = core;
    this.#rowsAtOnce = Math.max(1, Math.floor(PIXELS_AT_ONCE / width));
    const packed = file.data.reduce((sum, { length }) => sum + length, 0);
    const line = lineBytes(file.header, width);
    const lineSize = line + 2 * MARGIN;
    const buffer = HISTORY + INFLATED + line;
    const data = arena.reserve(packed + MARGIN);
    const inflated = arena.reserve(buffer + 6 * MARGIN);
    const lines = arena.reserve(2 * lineSize);
    const bytes = arena.reserve(width * samples + MARGIN);
    const row = arena.reserve(width * 3 + MARGIN);
    const rows = interlaced ? height : Math.min(this.#rowsAtOnce, height);
    this.#out = arena.reserve(rows * width * size + MARGIN);
    arena.commit();
    this.#data = data;
    let at = data;
    for (const chunk of file.data) {
      arena.u8(at, chunk.length).set(chunk);
      at += chunk.length;
    }
    kernels.png_open(data, at, inflated, buffer, lines, lineSize, Math.max(1, (bitDepth * samples) >> 3));
    kernels.png_format(bitDepth, colorType, samples, size === 2 ? 1 : 0, bytes, row);
    const palette = new Uint32Array(arena.memory.buffer, kernels.png_palette(), 256);
    for (const i of palette.keys()) {
      const [red, green, blue] = file.palette.subarray(3 * i);
      palette[i] = red | (green << 8) | (blue << 16);
    }
  }

  stripes(): Generator<Stripe, void> {
    return this.#file.header.interlaced ? this.#interlaced() : this.#rows();
  }

  *#rows(): Generator<Stripe, void> {
    const { header } = this.#file;
    const [pass] = passesOf(header);
    this.#begin(pass);
    let ended = false;
    for (let first = 0; first < header.height; first += this.#rowsAtOnce) {
      const count = Math.min(this.#rowsAtOnce, header.height - first);
      const read: number = ended ? 0 : this.#read(count, pass, this.#out);
      if (read < count) this.#blacken(this.#out + read * header.width * this.#size, (count - read) * header.width);
      ended = read < count;
      if (ended || first + count === header.height) this.#checkSum();
      yield { first, count, at: this.#out };
    }
  }

  *#interlaced(): Generator<Stripe, void> {
    const { width, height } = this.#file.header;
    this.#blacken(this.#out, width * height);
    for (const pass of passesOf(this.#file.header)) {
      this.#begin(pass);
      for (let row = 0; row < pass.height; row += this.#rowsAtOnce) {
        const count = Math.min(this.#rowsAtOnce, pass.height - row);
        const y = pass.y + row * pass.dy;
        const read = this.#read(count, pass, this.#out + (y * width + pass.x) * this.#size);
        if (read < count) this.#checkSum();
        if (read < count) return yield { first: 0, count: height, at: this.#out };
        yield { first: 0, count: 0, at: this.#out };
      }
    }
    this.#checkSum();
    yield { first: 0, count: height, at: this.#out };
  }

  /** As Pillow, which meets a checksum only where it comes in one read with the last code of the last row, some bits before it. */
  #checkSum(): void {
    const at = this.#core.kernels.png_wrong_checksum();
    if (at === 0 || this.#fill) return;
    const { data } = this.#file;
    let [offset, chunk] = [at - this.#data, 0];
    while (chunk < data.length && offset >= data[chunk].length) offset -= data[chunk++].length;
    const readOf = (byte: number) => Math.floor(byte / READ);
    const together =
      offset > 2 && offset + 4 <= (data[chunk]?.length ?? 0) && readOf(offset - 3) === readOf(offset + 3);
    if (together) throw failed(WRONG_SUM);
  }

  #begin({ width, dx }: Pass): void {
    this.#core.kernels.png_pass(lineBytes(this.#file.header, width));
    this.#core.kernels.png_spacing(this.#file.header.interlaced ? dx : 0);
  }

  /** Reads rows of a pass; fewer only where the data end with a row, as a whole stream. */
  #read(count: number, { width, dy }: Pass, out: number): number {
    const { kernels } = this.#core;
    const read = kernels.png_rows(count, width, out, dy * this.#file.header.width * this.#size);
    if (read === count || this.#fill || kernels.png_failure() === ENDED) return read;
    throw failed(kernels.png_failure());
  }

  /** What Pillow has where no row comes: zeros, in a palette its first color. */
  #blacken(at: number, pixels: number): void {
    const { arena } = this.#core;
    const bytes = arena.u8(at, pixels * this.#size);
    bytes.fill(0);
    if (this.#size === 2 || this.#file.header.colorType !== PALETTE) return;
    for (let i = 0; i < bytes.length; i += 3) bytes.set(this.#file.palette.subarray(0, 3), i);
  }
}

/** What {@link PictureKernels.png_failure} gives. */
const ENDED = 1;
const WRONG_SUM = 5;
/** Bytes that Pillow reads in one go. */
const READ = 65536;
const FAILURES: Readonly<Record<number, string>> = {
  2: 'its data end before its last row',
  3: 'its compressed data are broken',
  5: 'its compressed data do not have their checksum',
};

function failed(failure: number): BeitError {
  const what = FAILURES[failure] ?? `filter type ${failure >> 8} does not exist`;
  return new BeitError('InvalidImage', `Cannot decode PNG: ${what}`);
}
