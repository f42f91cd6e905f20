import { check } from '../../errors.ts';
import { PIXELS_AT_ONCE } from '../paintedStripes.ts';
import { NOTHING_YET, type Stripe } from '../pictureCore.ts';
import { type UnpackedBlock, unpackedBlocks } from './packedBlocks.ts';
import { notRead, TAG, type TiffDirectory } from './tiffDirectory.ts';
import type { TiffFile } from './tiffFile.ts';

const { fround } = Math;
/** Fractions of the tables have 16 bits. */
const SHIFT = 16;
const HALF = 1 << (SHIFT - 1);

/** What each value of a channel adds to red, green and blue. */
interface YcbcrTables {
  readonly y: Int32Array;
  readonly crRed: Int32Array;
  readonly crGreen: Int32Array; // times 2¹⁶
  readonly cbGreen: Int32Array;
  readonly cbBlue: Int32Array;
}

/** Compressed YCbCr as libtiff turns it into RGB: chroma is repeated, not interpolated. */
export function* readYcbcr(file: TiffFile): Generator<Stripe, Uint8Array> {
  const { width, height, planes, directory } = file;
  const [across, down] = directory.integers(TAG.ycbcrSubsampling, [2, 2]);
  const known =
    [1, 2, 4].includes(across) &&
    [1, 2, 4].includes(down) &&
    !(across === 1 && down === 4) &&
    !(across === 2 && down === 4);
  if (!known || (planes && across * down > 1)) throw notRead(`chroma subsampling ${across} × ${down}`);
  check(across <= width && down <= height, 'InvalidImage', () => {
    return `Cannot decode TIFF: ${width} × ${height} pixels are fewer than chroma is shared by, ${across} × ${down}`;
  });
  const predicted = directory.integer(TAG.predictor, 1) > 1;
  if (predicted && across * down > 1) throw notRead('a predictor over subsampled chroma');
  const tables = ycbcrTables(directory);
  const out = new Uint8Array(width * height * 3);
  if (planes) yield* readPlanes(file, tables, out);
  else {
    for (const block of subsampledBlocks(file, across, down)) {
      if (block) yield* paintBlock(block, { across, down }, tables, out, width);
      yield NOTHING_YET;
    }
  }
  return out;
}

/** Groups of luma samples, row by row, each with one Cb and one Cr behind it. */
function subsampledBlocks(file: TiffFile, across: number, down: number): Iterable<UnpackedBlock | undefined> {
  const groupBytes = across * down + 2;
  const rowOfGroups = Math.ceil(file.grid.blockWidth / across) * groupBytes;
  // libtiff rounds the bytes of a row down, and so may miss the end of a block
  const rowBytes = Math.floor(rowOfGroups / down);
  const bytes = (rows: number) => {
    const groups = Math.ceil(rows / down);
    return file.grid.tiled ? rowOfGroups * groups : Math.min(rowOfGroups * groups, rowBytes * groups * down);
  };
  return unpackedBlocks(file, 1, { stride: rowOfGroups, bytes });
}

interface Subsampling {
  readonly across: number;
  readonly down: number;
}

function* paintBlock(
  block: UnpackedBlock,
  { across, down }: Subsampling,
  tables: YcbcrTables,
  out: Uint8Array,
  width: number,
): Generator<Stripe, void> {
  const { data, stride } = block;
  const luma = across * down;
  const rowsAtOnce = Math.ceil(PIXELS_AT_ONCE / width);
  for (let row = 0; row < block.height; row++) {
    if (row % rowsAtOnce === 0) yield NOTHING_YET;
    let to = ((block.y + row) * width + block.x) * 3;
    for (let i = 0; i < block.width; i++, to += 3) {
      const group = Math.floor(row / down) * stride + Math.floor(i / across) * (luma + 2);
      const y = group + (row % down) * across + (i % across);
      // where libtiff misses the end of a block it finds 0
      paint(tables, data[y] ?? 0, data[group + luma] ?? 0, data[group + luma + 1] ?? 0, out, to);
    }
  }
}

function* readPlanes(file: TiffFile, tables: YcbcrTables, out: Uint8Array): Generator<Stripe, void> {
  const { width, grid } = file;
  for (const block of unpackedBlocks(file, 3, { stride: grid.blockWidth, bytes: (rows) => rows * grid.blockWidth })) {
    yield NOTHING_YET;
    if (!block) continue;
    for (let row = 0; row < block.height; row++) {
      let to = ((block.y + row) * width + block.x) * 3 + block.plane;
      for (let i = 0; i < block.width; i++, to += 3) out[to] = block.data[row * block.stride + i];
    }
  }
  for (let at = 0; at < out.length; at += 3) {
    paint(tables, out[at], out[at + 1], out[at + 2], out, at);
    if (at % (3 * PIXELS_AT_ONCE) === 0) yield NOTHING_YET;
  }
}

function paint(tables: YcbcrTables, y: number, cb: number, cr: number, out: Uint8Array, to: number): void {
  const light = tables.y[y];
  out[to] = clamp(light + tables.crRed[cr], 0, 255);
  out[to + 1] = clamp(light + ((tables.cbGreen[cb] + tables.crGreen[cr]) >> SHIFT), 0, 255);
  out[to + 2] = clamp(light + tables.cbBlue[cb], 0, 255);
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/** The tables of TIFFYCbCrToRGBInit in libtiff's tif_color.c, in single precision as there. */
function ycbcrTables(directory: TiffDirectory): YcbcrTables {
  const luma = (directory.rationals(TAG.ycbcrCoefficients) ?? [0.299, 0.587, 0.114]).map(fround);
  const range = (directory.rationals(TAG.referenceBlackWhite) ?? [0, 255, 128, 255, 128, 255]).map(fround);
  check(
    luma.length === 3 && luma[1] !== 0 && range.length === 6,
    'InvalidImage',
    'Cannot decode TIFF: it has no such YCbCr',
  );
  const fixed = (value: number) => Math.trunc(fround(clamp(value, 0, 2)) * (1 << SHIFT) + 0.5);
  const red = fround(2 - fround(2 * luma[0]));
  const blue = fround(2 - fround(2 * luma[2]));
  const crGreen = fround(fround(luma[0] * red) / luma[1]);
  const cbGreen = fround(fround(luma[2] * blue) / luma[1]);
  const chroma = (at: number) => levels(range[at] - 128, range[at + 1] - 128, 127, -128);
  const [cb, cr] = [chroma(2), chroma(4)];
  return {
    y: levels(range[0], range[1], 255, 0),
    crRed: cr.map((value) => (fixed(red) * value + HALF) >> SHIFT),
    crGreen: cr.map((value) => -fixed(crGreen) * value),
    cbGreen: cb.map((value) => -fixed(cbGreen) * value + HALF),
    cbBlue: cb.map((value) => (fixed(blue) * value + HALF) >> SHIFT),
  };
}

/** The values of 256 codes from `first` on, where `black` is 0 and `white` is `scale`. */
function levels(black: number, white: number, scale: number, first: number): Int32Array {
  const width = white - black !== 0 ? fround(white - black) : 1;
  return Int32Array.from({ length: 256 }, (_, i) => {
    const value = fround(fround((i + first - Math.trunc(black)) * scale) / width);
    return Math.trunc(clamp(value, -128 * 32, 128 * 32));
  });
}
