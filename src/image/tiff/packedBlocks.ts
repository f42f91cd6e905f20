import { check } from '../../errors.ts';
import { FLOAT_PREDICTOR, unpredictor } from './predictor.ts';
import { type Codec, inflate, unpackBits } from './tiffCodecs.ts';
import { notRead, TAG } from './tiffDirectory.ts';
import { TIFF_COMPRESSION, type TiffFile } from './tiffFile.ts';
import { FORMAT } from './tiffLayout.ts';
import { unpackLzw } from './tiffLzw.ts';
import { REVERSED } from './unpack.ts';

/** How much a codec can give for a byte at most. */
const MOST_OF_ONE: Readonly<Record<number, number>> = {
  [TIFF_COMPRESSION.lzw]: 3840, // a string of the last code of a table, in 9 bits or more
  [TIFF_COMPRESSION.deflate]: 1032,
  [TIFF_COMPRESSION.oldDeflate]: 1032,
  [TIFF_COMPRESSION.packBits]: 64,
};
const CODECS: Readonly<Record<number, Codec>> = {
  [TIFF_COMPRESSION.lzw]: unpackLzw,
  [TIFF_COMPRESSION.deflate]: inflate,
  [TIFF_COMPRESSION.oldDeflate]: inflate,
  [TIFF_COMPRESSION.packBits]: unpackBits,
};
/** Bytes that are changed in one go: some milliseconds. */
const BYTES_AT_ONCE = 1 << 20;
/** Blocks may share their bytes; more than so many in all are not unpacked. */
const MOST_PACKED = 1 << 26;

/** A block whose samples are in order: little-endian, nothing predicted. */
export interface UnpackedBlock {
  readonly x: number;
  readonly y: number;
  readonly plane: number;
  readonly width: number; // of the part that is inside the picture
  readonly height: number;
  readonly data: Uint8Array; // valid until the next block is asked for
  readonly stride: number; // bytes from row to row
}

/** How many bytes the rows of a block take. */
export interface BlockSize {
  readonly stride: number; // of a row of pixels
  bytes(rows: number): number;
}

interface PackedBlock {
  readonly x: number;
  readonly y: number;
  readonly plane: number;
  readonly packed: Uint8Array;
  readonly size: number; // of what it unpacks to
}

/** The compressed blocks of a picture one after the other, all sizes checked before the first is unpacked; undefined for a pause. */
export function unpackedBlocks(
  file: TiffFile,
  planes: number,
  blockSize: BlockSize,
): Iterable<UnpackedBlock | undefined> {
  const blocks = packedBlocks(file, planes, blockSize);
  checkSizes(file, blocks);
  return unpackAll(file, blocks, blockSize.stride);
}

function* unpackAll(
  file: TiffFile,
  blocks: readonly PackedBlock[],
  stride: number,
): Generator<UnpackedBlock | undefined, void> {
  const { width, height, grid, form, compression } = file;
  const buffer = new Uint8Array(Math.max(...blocks.map(({ size }) => size)));
  const restore = restorer(file, stride);
  for (const { x, y, plane, packed, size } of blocks) {
    const data = buffer.subarray(0, size);
    const ordered = form.bitsReversed ? yield* reversedBits(packed) : packed;
    const filled = yield* CODECS[compression](ordered, data);
    check(filled === size, 'InvalidImage', () => `Cannot decode TIFF: a block has ${filled} of ${size} bytes`);
    yield* restore(data);
    const [w, h] = [Math.min(grid.blockWidth, width - x), Math.min(grid.blockHeight, height - y)];
    yield { x, y, plane, width: w, height: h, data, stride };
  }
}

/** Brings the bytes of samples into order and undoes what was predicted, in place, some rows at a time. */
function restorer({ form, directory, compression, planes }: TiffFile, stride: number) {
  const hasPredictor = compression !== TIFF_COMPRESSION.packBits;
  const predictor = hasPredictor ? directory.integer(TAG.predictor, 1) : 1;
  const undo = unpredictor(predictor, form.bits, form.sampleFormat === FORMAT.float);
  const samples = planes ? 1 : form.samples;
  // floats are predicted byte by byte, the highest first, in files of either kind
  const swap = form.littleEndian || predictor === FLOAT_PREDICTOR ? 1 : form.bits / 8;
  const rowsAtOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / stride));
  return function* (data: Uint8Array): Generator<undefined, void> {
    swapBytes(data.subarray(Math.floor(data.length / stride) * stride), swap);
    for (let at = 0, row = 1; at + stride <= data.length; at += stride, row++) {
      const line = data.subarray(at, at + stride);
      swapBytes(line, swap);
      undo?.(line, samples);
      if (row % rowsAtOnce === 0) yield;
    }
  };
}

function* reversedBits(packed: Uint8Array): Generator<undefined, Uint8Array> {
  const reversed = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at++) {
    reversed[at] = REVERSED[packed[at]];
    if (at % BYTES_AT_ONCE === 0) yield;
  }
  return reversed;
}

/** Turns round every 2 or 4 bytes. */
function swapBytes(data: Uint8Array, size: number): void {
  if (size !== 2 && size !== 4) return;
  for (let at = 0; at + size <= data.length; at += size) {
    for (let i = at, j = at + size - 1; i < j; i++, j--) [data[i], data[j]] = [data[j], data[i]];
  }
}

function packedBlocks(
  { bytes, directory, grid, offsets, height }: TiffFile,
  planes: number,
  size: BlockSize,
): PackedBlock[] {
  const { tiled, blockWidth, blockHeight, across, down } = grid;
  const counts = directory.integers(tiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const wanted = across * down * planes;
  check(offsets.length >= wanted, 'InvalidImage', () => {
    return `Cannot decode TIFF: expected ${wanted} blocks, got ${offsets.length}`;
  });
  return Array.from({ length: wanted }, (_, i): PackedBlock => {
    const place = i % (across * down);
    const [x, y] = [(place % across) * blockWidth, Math.floor(place / across) * blockHeight];
    const offset = offsets[i];
    const length = counts[i] || (wanted === 1 || counts.length === 0 ? bytes.length - offset : 0);
    check(length > 0 && offset >= 0 && (counts.length === 0 || offset + length <= bytes.length), 'InvalidImage', () => {
      return `Cannot decode TIFF: block ${i} has ${length} bytes at byte ${offset} of ${bytes.length}`;
    });
    const rows = tiled ? blockHeight : Math.min(blockHeight, height - y);
    const packed = bytes.subarray(offset, offset + length);
    return { x, y, plane: Math.floor(i / (across * down)), packed, size: size.bytes(rows) };
  });
}

function checkSizes({ compression, grid }: TiffFile, blocks: readonly PackedBlock[]): void {
  const most = MOST_OF_ONE[compression];
  let total = 0;
  for (const { packed, size } of blocks) {
    total += packed.length;
    check(size <= packed.length * most, 'InvalidImage', () => {
      const block = `${grid.blockWidth} × ${grid.blockHeight} pixels`;
      return `Cannot decode TIFF: a block of ${block} cannot come from ${packed.length} bytes`;
    });
  }
  if (total > Math.max(MOST_PACKED, 2 * (blocks[0]?.packed.buffer.byteLength ?? 0))) {
    throw notRead(`a file whose blocks share their bytes to ${total} bytes in all`);
  }
}
