import { BeitError, check } from '../../errors.ts';
import { startsWith } from '../exif.ts';
import { checkPixelCount } from '../pixels.ts';

/** The first picture of a GIF: where it is on the canvas, its colors, and where its compressed indices begin. */
export interface GifFile {
  readonly bytes: Uint8Array;
  readonly width: number; // of the canvas, made larger where the picture does not fit
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly pictureWidth: number;
  readonly pictureHeight: number;
  readonly palette: Uint8Array; // [256, 3], black where the file has no entry; a gray ramp where it has no palette
  readonly background: number; // the index of all that the picture does not cover
  readonly interlaced: boolean;
  readonly literalBits: number; // of an index, as the code stream begins
  readonly dataAt: number;
}

const COMMENT = 0xfe;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;

/** Reads a GIF up to the indices of its first picture. Blocks are skipped as Pillow skips them, also malformed ones. */
export function openGif(bytes: Uint8Array, maxPixels?: number): GifFile {
  const reader = new BlockReader(bytes);
  reader.at = 6;
  const screen = [reader.short(), reader.short()];
  const flags = reader.byte();
  reader.at += 2; // background color and pixel aspect ratio
  const globalPalette = flags & 0x80 ? reader.palette(flags) : undefined;
  const transparent = reader.skipToPicture();
  const [left, top, pictureWidth, pictureHeight] = [reader.short(), reader.short(), reader.short(), reader.short()];
  const pictureFlags = reader.byte();
  const palette = (pictureFlags & 0x80 ? reader.palette(pictureFlags) : undefined) ?? globalPalette ?? grayRamp();
  const [width, height] = [Math.max(screen[0], left + pictureWidth), Math.max(screen[1], top + pictureHeight)];
  checkPixelCount('decode GIF', width, height, maxPixels);
  checkPixelCount('decode the picture of the GIF', pictureWidth, pictureHeight, maxPixels);
  const literalBits = reader.byte();
  check(
    literalBits <= 12,
    'InvalidImage',
    () => `Cannot decode GIF: expected indices of up to 12 bits, got ${literalBits}`,
  );
  const area = { left, top, pictureWidth, pictureHeight };
  const coding = { interlaced: (pictureFlags & 0x40) !== 0, literalBits, dataAt: reader.at };
  return { bytes, width, height, ...area, palette, background: transparent ?? 0, ...coding };
}

/** Reads numbers and blocks one after the other. */
class BlockReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    check(this.at < this.#bytes.length, 'InvalidImage', () => {
      return `Cannot decode GIF: the file ends before its first picture, after ${this.#bytes.length} bytes`;
    });
    return this.#bytes[this.at++];
  }

  short(): number {
    return this.byte() + 256 * this.byte();
  }

  /** A color table of the size that `flags` name; undefined where it is the gray ramp, as Pillow then ignores it. */
  palette(flags: number): Uint8Array | undefined {
    const length = 3 << ((flags & 7) + 1);
    const colors = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    if (colors.every((value, i) => value === Math.floor(i / 3))) return undefined;
    const palette = new Uint8Array(256 * 3);
    palette.set(colors);
    return palette;
  }

  /** Moves behind the next image separator; gives the transparent index, if an extension before it names one. */
  skipToPicture(): number | undefined {
    let transparent: number | undefined;
    while (this.at < this.#bytes.length) {
      const kind = String.fromCharCode(this.byte());
      if (kind === ',') return transparent;
      if (kind === ';') break;
      if (kind === '!') transparent = this.#extension() ?? transparent;
    }
    throw new BeitError('InvalidImage', 'Cannot decode GIF: it has no picture');
  }

  #extension(): number | undefined {
    const label = this.byte();
    const first = this.#subBlock();
    // a comment that begins with its end is over; of others Pillow reads on
    if (label === COMMENT && !first) return undefined;
    if (label === APPLICATION && first && startsWith(first, 'NETSCAPE2.0')) this.#subBlock();
    while (this.#subBlock());
    if (label !== GRAPHIC_CONTROL || !first) return undefined;
    check(first.length >= 3, 'InvalidImage', 'Cannot decode GIF: a graphic control extension is too short');
    const transparent = first[0] & 1 ? first[3] : undefined;
    check(!(first[0] & 1) || first.length > 3, 'InvalidImage', 'Cannot decode GIF: a transparent index is missing');
    return transparent;
  }

  #subBlock(): Uint8Array | undefined {
    const length = this.#bytes[this.at++] ?? 0;
    const block = this.#bytes.subarray(this.at, this.at + length);
    this.at = Math.min(this.at + length, this.#bytes.length);
    return block.length > 0 ? block : undefined;
  }
}

/** Index i is the gray level i. */
function grayRamp(): Uint8Array {
  return Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
}
