import { concatBytes } from '../../concatBytes.ts';
import { BeitError, check } from '../../errors.ts';
import { NOTHING_YET, type PictureCore, type Stripe, type StripedPicture } from '../pictureCore.ts';
import { type JpegFile, openJpeg } from './jpegFile.ts';
import { isFrame } from './jpegFrame.ts';
import { type JpegLayout, layOut } from './jpegLayout.ts';
import { JpegPrecision } from './jpegPrecision.ts';
import { type JpegScan, readScanHeader } from './jpegScan.ts';
import { type JpegSegment, MARKER, nextSegment } from './jpegSegments.ts';
import { addStandardTables, define, type HuffmanCode, type JpegTables, tableOf } from './jpegTables.ts';

/** More than any encoder writes; bounds the time that a small file over a large picture can take. */
const MOST_SCANS = 128;

/**
 * A JPEG as stripes of RGB, bit for bit as libjpeg-turbo decodes it with the settings of Pillow: exact integer inverse DCT,
 * triangle-filtered chroma, smoothing between the blocks of unfinished progressive files, and CMYK turned into RGB by
 * Pillow's rule. With `fill`, the end of the file counts as the end marker, and what cannot be read then is black, or white
 * where the colors are inks.
 */
export function stripedJpeg(bytes: Uint8Array, maxPixels: number | undefined, fill: boolean): StripedPicture {
  const file = openJpeg(bytes, maxPixels);
  const { width, height } = file.frame;
  const whole = fill ? { ...file, bytes: concatBytes([file.bytes, END]) } : file;
  const stripes = (core: PictureCore) => new JpegDecoder(whole, core, fill).stripes();
  return { width, height, orientation: file.orientation, stripes };
}

const END = Uint8Array.of(0xff, MARKER.end);

class JpegDecoder {
  readonly #file: JpegFile;
  readonly #core: PictureCore;
  readonly #layout: JpegLayout;
  readonly #quantization: (Uint16Array | undefined)[] = []; // of each component, as it was when its first scan began
  readonly #built: (HuffmanCode | undefined)[] = []; // which tables the core has
  readonly #precision: JpegPrecision;
  readonly #fill: boolean;
  #done = 0; // rows of pixels

  constructor(file: JpegFile, core: PictureCore, fill: boolean) {
    this.#file = file;
    this.#fill = fill;
    this.#core = core;
    this.#layout = layOut(file, core);
    this.#precision = new JpegPrecision(file.frame);
    core.arena.u8(this.#layout.file, file.bytes.length).set(file.bytes);
    core.kernels.jpeg_open(this.#layout.file + file.bytes.length);
    core.kernels.jpeg_smooth(0);
    if (!file.frame.progressive) addStandardTables(file.tables);
  }

  *stripes(): Generator<Stripe, void> {
    if (!this.#fill) return yield* this.#decoded();
    try {
      yield* this.#decoded();
    } catch (error) {
      if (!(error instanceof BeitError)) throw error;
      yield* this.#blank();
    }
  }

  *#decoded(): Generator<Stripe, void> {
    if (this.#layout.single) this.#beginScan(readScanHeader(this.#file.firstScan, this.#file.frame));
    else {
      yield* this.#clear();
      yield* this.#readScans();
    }
    yield* this.#pixels();
    if (this.#layout.single) this.#readEnd();
  }

  /** Libjpeg reads the segments up to the end marker, and gives up at one that is broken; a file may end before it. */
  #readEnd(): void {
    const { bytes, tables } = this.#file;
    let next = this.#core.kernels.jpeg_scan_end() - this.#layout.file;
    while (next < bytes.length) {
      const segment = nextSegment(bytes, next, true);
      if (!segment || segment.marker === MARKER.end) return;
      check(segment.marker !== MARKER.scan, 'InvalidImage', 'Cannot decode JPEG: a scan follows the last one');
      defineBetweenScans(tables, segment);
      next = segment.next;
    }
  }

  /** Every coefficient begins as 0. */
  *#clear(): Generator<Stripe, void> {
    for (const { coefficients, bytes } of this.#layout.components) {
      for (let at = 0; at < bytes; at += CLEARED) {
        this.#core.arena.u8(coefficients + at, Math.min(CLEARED, bytes - at)).fill(0);
        yield NOTHING_YET;
      }
    }
  }

  *#readScans(): Generator<Stripe, void> {
    const { bytes, frame, tables, firstScan } = this.#file;
    let scans = 0;
    for (let segment = firstScan; segment.marker !== MARKER.end; ) {
      defineBetweenScans(tables, segment);
      let next = segment.next;
      if (segment.marker === MARKER.scan) {
        check(++scans <= MOST_SCANS, 'InvalidImage', () => `Cannot decode JPEG: it has more than ${MOST_SCANS} scans`);
        next = yield* this.#readScan(segment);
      }
      segment = nextSegment(bytes, next);
    }
    if (frame.progressive) this.#smooth();
  }

  /** Reads a scan into the coefficients; returns where the file goes on. */
  *#readScan(segment: JpegSegment): Generator<Stripe, number> {
    const { kernels } = this.#core;
    const { columns, rows, rowsAtOnce, file, components } = this.#layout;
    const scan = readScanHeader(segment, this.#file.frame);
    this.#beginScan(scan);
    this.#precision.add(scan);
    const alone = scan.parts.length === 1 ? components[scan.parts[0].component] : undefined;
    const count = alone ? alone.high : rows;
    const step = rowsAtOnce * (alone?.v ?? 1);
    for (let row = 0; row < count; row += step) {
      kernels.jpeg_scan_rows(row, Math.min(row + step, count), columns);
      this.#checkWhole();
      yield NOTHING_YET;
    }
    return kernels.jpeg_scan_end() - file;
  }

  #beginScan({ parts, spectrum, data }: JpegScan): void {
    const { kernels } = this.#core;
    const { progressive } = this.#file.frame;
    const needsDc = spectrum.from === 0 && spectrum.high === 0;
    const needsAc = !progressive || spectrum.from > 0;
    for (const [i, { component, dc, ac }] of parts.entries()) {
      this.#latchQuantization(component);
      if (needsDc) this.#build(dc, 'DC', dc);
      if (needsAc) this.#build(4 + ac, 'AC', ac);
      kernels.jpeg_scan_part(i, component, needsDc ? dc : 0, needsAc ? ac : 0);
    }
    const kind = progressive ? 1 + (spectrum.from > 0 ? 2 : 0) + (spectrum.high > 0 ? 1 : 0) : 0;
    const { from, to, low } = spectrum;
    const { restartInterval } = this.#file.tables;
    kernels.jpeg_scan(kind, parts.length, from, to, low, restartInterval, this.#layout.file + data);
  }

  #latchQuantization(component: number): void {
    if (this.#quantization[component]) return;
    const { frame, tables } = this.#file;
    const table = tableOf(tables.quantization, frame.components[component].table, 'quantization');
    this.#quantization[component] = table;
    const { kernels, arena } = this.#core;
    new Uint16Array(arena.memory.buffer, kernels.jpeg_quantization(component), 64).set(table);
  }

  #build(slot: number, kind: 'DC' | 'AC', number: number): void {
    check(number < 4, 'InvalidImage', `Cannot decode JPEG: a scan needs ${kind} Huffman table ${number}`);
    const code = tableOf(this.#file.tables.huffman, slot, 'Huffman');
    if (this.#built[slot] === code) return;
    const { kernels, arena } = this.#core;
    arena.u8(this.#layout.tables, code.length).set(code);
    const fits = kernels.jpeg_huffman(slot, this.#layout.tables) && (kind === 'AC' || code.subarray(16).every(isSize));
    check(fits, 'InvalidImage', 'Cannot decode JPEG: a Huffman table has codes that cannot be');
    this.#built[slot] = code;
  }

  #smooth(): void {
    const { kernels, arena } = this.#core;
    if (!this.#precision.asksForSmoothing(this.#quantization)) return;
    for (const i of this.#file.frame.components.keys()) {
      new Int32Array(arena.memory.buffer, kernels.jpeg_precision(i), 20).set(this.#precision.of(i));
    }
    kernels.jpeg_smooth(1);
  }

  *#pixels(): Generator<Stripe, void> {
    const { kernels } = this.#core;
    const { rows, rowsAtOnce, stripe, single } = this.#layout;
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const end = Math.min(row + rowsAtOnce, rows);
      const count = kernels.jpeg_pixels(row, end, stripe, single ? 1 : 0);
      this.#checkWhole();
      this.#done += count;
      yield { first: this.#done - count, count, at: stripe };
    }
  }

  /** Samples that are 0. */
  *#blank(): Generator<Stripe, void> {
    const { rowsAtOnce, lines, stripe } = this.#layout;
    const { width, height, components } = this.#file.frame;
    const most = rowsAtOnce * lines;
    this.#core.arena.u8(stripe, most * width * 3).fill(components.length === 4 ? 255 : 0);
    for (; this.#done < height; this.#done += most) {
      yield { first: this.#done, count: Math.min(most, height - this.#done), at: stripe };
    }
  }

  #checkWhole(): void {
    if (this.#core.kernels.jpeg_suspended() === 0) return;
    const { length } = this.#file.bytes;
    throw new BeitError('InvalidImage', `Cannot decode JPEG: the file is truncated after ${length} bytes`);
  }
}

function defineBetweenScans(tables: JpegTables, segment: JpegSegment): void {
  check(!isFrame(segment.marker), 'InvalidImage', 'Cannot decode JPEG: it has two frames');
  define(tables, segment);
}

/** Bytes cleared in one go. */
const CLEARED = 1 << 22;

/** A DC coefficient has at most 15 bits. */
function isSize(symbol: number): boolean {
  return symbol < 16;
}
