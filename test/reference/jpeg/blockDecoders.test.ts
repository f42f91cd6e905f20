import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noise } from '../../src/image/noise.ts';
import { BitReader } from './bitReader.ts';
import { bitsOf, bytesOf, PLAIN_CODE } from './bits.ts';
import { blockDecoder, type ScanState, type Spectrum } from './blockDecoders.ts';
import { encodeDc, encodeRefinement, encodeRuns, truncated } from './encodeBlocks.ts';
import { HuffmanTable } from './huffmanTable.ts';
import type { JpegPlane } from './jpegPlanes.ts';
import { ZIGZAG } from './jpegTables.ts';

const test = suite('reference/jpeg/blockDecoders');
const table = new HuffmanTable(PLAIN_CODE.counts, PLAIN_CODE.symbols);
const BLOCKS = 6;

/** Coefficients of some blocks in the order of the file; most are zero, some blocks all but the first. */
function drawBlocks(seed: number, from: number): number[][] {
  const bytes = noise(seed, BLOCKS * 128);
  return Array.from({ length: BLOCKS }, (_, b) =>
    Array.from({ length: 64 }, (_, k) => {
      const [size, value] = bytes.subarray(2 * (64 * b + k));
      return k >= from && (k === 0 || (b % 3 !== 1 && size < (b % 3 === 0 ? 70 : 12))) ? value - 128 : 0;
    }),
  );
}

/** Decodes one block after the other over `coefficients`, and gives them in the order of the file. */
function decodeBlocks(
  bits: string,
  spectrum: Spectrum,
  progressive: boolean,
  coefficients = new Int16Array(BLOCKS * 64),
) {
  const plane = { coefficients, prediction: 0 } as JpegPlane;
  const state: ScanState = { reader: new BitReader(Uint8Array.from(bytesOf(bits)), 0), spectrum, endOfBandRun: 0 };
  const decode = blockDecoder(progressive, spectrum);
  for (let b = 0; b < BLOCKS; b++) decode(state, plane, 64 * b, table, table);
  assert.not(state.reader.exhausted);
  return { coefficients, blocks: inFileOrder(coefficients) };
}

const inFileOrder = (coefficients: Int16Array) =>
  Array.from({ length: BLOCKS }, (_, b) => Array.from({ length: 64 }, (_, k) => coefficients[64 * b + ZIGZAG[k]]));

test('a sequential block: differences of the first coefficient, runs of zeros, and nothing left of the block before', () => {
  const blocks = drawBlocks(1, 0);
  const dc = encodeDc(blocks, 0);
  const bits = blocks.map((block, b) => dc[b] + encodeRuns(block.slice(1), bitsOf(0, 8))).join('');
  const stale = new Int16Array(BLOCKS * 64).fill(7);
  assert.equal(decodeBlocks(bits, { from: 0, to: 63, high: 0, low: 0 }, false, stale).blocks, blocks);
});

test('first coefficients in two scans: all but the lowest bit, then that bit', () => {
  const blocks = drawBlocks(2, 0).map(([dc]) => [dc, ...new Array<number>(63).fill(0)]);
  const first = decodeBlocks(encodeDc(blocks, 1).join(''), { from: 0, to: 0, high: 0, low: 1 }, true);
  assert.equal(
    first.blocks.map(([dc]) => dc),
    blocks.map(([dc]) => dc & ~1),
  );
  const bits = blocks.map(([dc]) => `${dc & 1}`).join('');
  assert.equal(decodeBlocks(bits, { from: 0, to: 0, high: 1, low: 0 }, true, first.coefficients).blocks, blocks);
});

test('the other coefficients in three scans, each a bit finer', () => {
  const blocks = drawBlocks(3, 1);
  const band = (block: number[]) => block.slice(1);
  const runs = blocks.map((block) =>
    encodeRuns(
      band(block).map((v) => truncated(v, 2)),
      bitsOf(0, 8),
    ),
  );
  const first = decodeBlocks(runs.join(''), { from: 1, to: 63, high: 0, low: 2 }, true);
  assert.equal(
    first.blocks,
    blocks.map((block) => block.map((v) => 4 * truncated(v, 2) || 0)),
  );
  for (const low of [1, 0]) {
    const bits = blocks.map((block) => encodeRefinement(band(block), low)).join('');
    const { blocks: refined } = decodeBlocks(bits, { from: 1, to: 63, high: low + 1, low }, true, first.coefficients);
    assert.equal(
      refined,
      blocks.map((block) => block.map((v) => truncated(v, low) * (1 << low) || 0)),
    );
  }
});

test('a run of ends skips blocks in a first scan, and in a refining one reads what they have', () => {
  // block 0 has +1 at 3; the end of band counts 5: this block and 4 more (size 2, bits 01); block 5 has −1 at 1
  const bits = `${bitsOf(0x21, 8)}1${bitsOf(0x20, 8)}01${bitsOf(0x01, 8)}0${bitsOf(0, 8)}`;
  const { coefficients, blocks } = decodeBlocks(bits, { from: 1, to: 63, high: 0, low: 1 }, true);
  assert.equal([blocks[0][3], blocks[5][1]], [2, -2]);
  assert.is(coefficients.filter((v) => v !== 0).length, 2);
  // an end of band for all 6 blocks (size 2, bits 10), then a bit for each of the two coefficients
  const refined = decodeBlocks(`${bitsOf(0x20, 8)}1011`, { from: 1, to: 63, high: 1, low: 0 }, true, coefficients);
  assert.equal([refined.blocks[0][3], refined.blocks[5][1]], [3, -3]);
});

test('a run beyond the block stays inside it', () => {
  const bits = `${bitsOf(1, 8)}1${(`${bitsOf(0xf1, 8)}1`).repeat(5)}${bitsOf(0, 8)}`;
  const plane = { coefficients: new Int16Array(128).fill(9, 64), prediction: 0 } as JpegPlane;
  const reader = new BitReader(Uint8Array.from(bytesOf(bits)), 0);
  const spectrum = { from: 0, to: 63, high: 0, low: 0 };
  blockDecoder(false, spectrum)({ reader, spectrum, endOfBandRun: 0 }, plane, 0, table, table);
  assert.is(plane.coefficients[63], 1);
  assert.ok(plane.coefficients.subarray(64).every((v) => v === 9));
});

test.run();
