import { BeitError, check } from '../../errors.ts';

/** Tags of TIFF 6.0 that say how the pixels are stored. */
export const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  ycbcrCoefficients: 529,
  ycbcrSubsampling: 530,
  referenceBlackWhite: 532,
  xmp: 700,
} as const;

/** Bytes of one value, by the type of the entry. */
const SIZES: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1 },
  ...{ 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 },
};
/** Types of whole numbers that Pillow takes for numbers: SHORT, LONG, SBYTE, SSHORT, SLONG, IFD. */
const INTEGERS = [3, 4, 6, 8, 9, 13];
const RATIONAL = 5;

interface Entry {
  readonly type: number;
  readonly count: number;
  readonly at: number; // of its first value
}

/** The first directory of a TIFF: tags and their values. */
export class TiffDirectory {
  readonly littleEndian: boolean;
  readonly #view: DataView;
  readonly #entries = new Map<number, Entry>();

  constructor(bytes: Uint8Array) {
    check(bytes.length >= 8, 'InvalidImage', () => `Cannot decode TIFF: its header has 8 bytes, got ${bytes.length}`);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = bytes[0] === 0x49; // "II", else "MM"
    const start = this.#view.getUint32(4, this.littleEndian);
    check(start > 0 && start + 2 <= bytes.length, 'InvalidImage', () => {
      return `Cannot decode TIFF: its directory begins at byte ${start} of ${bytes.length}`;
    });
    this.#read(start);
  }

  /** As Pillow reads it: of two entries of a tag the first counts, and the first one that is cut off ends the directory. */
  #read(start: number): void {
    const { byteLength } = this.#view;
    const count = this.#view.getUint16(start, this.littleEndian);
    let outside = 0; // bytes of values that do not fit into their entry
    for (let i = 0, at = start + 2; i < count && at + 12 <= byteLength; i++, at += 12) {
      const [tag, type] = [0, 2].map((offset) => this.#view.getUint16(at + offset, this.littleEndian));
      const values = this.#view.getUint32(at + 4, this.littleEndian);
      const size = values * SIZES[type];
      if (this.#entries.has(tag) || !(size > 0)) continue;
      const place = size > 4 ? this.#view.getUint32(at + 8, this.littleEndian) : at + 8;
      if (size > 4) outside += size;
      if (size > 4 && outside > byteLength) continue;
      if (place + size > byteLength) return;
      this.#entries.set(tag, { type, count: values, at: place });
    }
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** The whole numbers of a tag; `absent` where it is not there. @throws `InvalidImage` where it has others */
  integers(tag: number, absent: readonly number[] = []): readonly number[] {
    const entry = this.#entries.get(tag);
    if (!entry) return absent;
    const { type, count, at } = entry;
    check(INTEGERS.includes(type), 'InvalidImage', () => {
      return `Cannot decode TIFF: expected whole numbers for tag ${tag}, got type ${type}`;
    });
    return Array.from({ length: count }, (_, i) => this.#integer(type, at + i * SIZES[type]));
  }

  /** The first number of a tag. */
  integer(tag: number, absent: number): number {
    return this.integers(tag)[0] ?? absent;
  }

  /** Fractions; undefined where the tag is not there or of another type. */
  rationals(tag: number): readonly number[] | undefined {
    const entry = this.#entries.get(tag);
    if (entry?.type !== RATIONAL) return undefined;
    return Array.from({ length: entry.count }, (_, i) => {
      const [part, whole] = [0, 4].map((offset) => this.#view.getUint32(entry.at + 8 * i + offset, this.littleEndian));
      return whole === 0 ? 0 : part / whole;
    });
  }

  /** The values of a tag as the bytes that they are. */
  bytes(tag: number): Uint8Array {
    const { type, count, at } = this.#entries.get(tag) ?? { type: 1, count: 0, at: 0 };
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, count * SIZES[type]);
  }

  #integer(type: number, at: number): number {
    if (type === 3) return this.#view.getUint16(at, this.littleEndian);
    if (type === 6) return this.#view.getInt8(at);
    if (type === 8) return this.#view.getInt16(at, this.littleEndian);
    if (type === 9) return this.#view.getInt32(at, this.littleEndian);
    return this.#view.getUint32(at, this.littleEndian);
  }
}

/** An error that says what a TIFF has and is not read. */
export function notRead(what: string): BeitError {
  return new BeitError('UnsupportedFormat', `Cannot decode TIFF: ${what} is not read (convert it to PNG first)`);
}
