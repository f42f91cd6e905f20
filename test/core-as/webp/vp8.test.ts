import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  addBlock,
  chromaAt,
  filterEdge,
  type Plane,
  predict,
  predictSubblock,
  rgbOf,
  spreadDcs,
} from '../../reference/webp.ts';
import { bytesAt, kernels, placeAlone, placeBehind, randomBytes, randomNumbers } from './webpKernels.ts';

const test = suite('core-as/webp/vp8');
const STRIDE = 48;
/** A place with room on all sides. */
const AT = 8 * STRIDE + 8;
const BYTES = 26 * STRIDE;

/** Runs a kernel and its reference over the same plane; every byte must be the same, also around. */
function same(
  what: string,
  random: (count: number) => number,
  kernel: (plane: number) => void,
  reference: (plane: Plane) => void,
): void {
  const pixels = randomBytes(random, BYTES);
  const at = placeAlone(pixels);
  kernel(at);
  reference({ pixels, stride: STRIDE });
  assert.equal(bytesAt(at, BYTES), pixels, what);
}

/** Coefficients of which few are large, as in a file, or all are. */
function coefficients(random: (count: number) => number): Int16Array {
  const most = [3, 40, 400, 2000][random(4)];
  const density = 1 + random(16);
  return Int16Array.from({ length: 16 }, () => (random(16) < density ? random(2 * most + 1) - most : 0));
}

test('inverse transforms of one block and of two, and of a DC alone', () => {
  const random = randomNumbers(1);
  for (let i = 0; i < 400; i++) {
    const [left, right] = [coefficients(random), coefficients(random)];
    const dcs = [left, right].map((block) => block.map((value, k) => (k === 0 ? value : 0)));
    const placeBlocks = (blocks: Int16Array[]) => placeBehind(Int16Array.from(blocks.flatMap((b) => [...b])));
    same(
      'one',
      random,
      (p) => kernels.add_block(placeBlocks([left]), p + AT, STRIDE),
      (p) => addBlock(left, p, AT),
    );
    const three = left.map((value, k) => (k === 0 || k === 1 || k === 4 ? value : 0));
    same(
      'three',
      random,
      (p) => kernels.add_three(placeBlocks([three]), p + AT, STRIDE),
      (p) => addBlock(three, p, AT),
    );
    same(
      'one DC',
      random,
      (p) => kernels.add_dc(placeBlocks([dcs[0]]), p + AT, STRIDE),
      (p) => addBlock(dcs[0], p, AT),
    );
    for (const [name, blocks, kernel] of [
      ['two', [left, right], kernels.add_two_blocks],
      ['two DCs', dcs, kernels.add_two_dcs],
    ] as const) {
      let at = 0;
      same(
        name,
        random,
        (p) => {
          at = placeBlocks([...blocks]);
          kernel(at, p + AT, STRIDE);
        },
        (p) => {
          addBlock(blocks[0], p, AT);
          addBlock(blocks[1], p, AT + 4);
        },
      );
      assert.ok(
        bytesAt(at, 64).every((value) => value === 0),
        'the blocks are cleared',
      );
    }
  }
});

test('the DCs of 16 blocks', () => {
  const random = randomNumbers(2);
  for (let i = 0; i < 500; i++) {
    const block = coefficients(random);
    const [from, to] = [placeAlone(block), placeBehind(new Int16Array(256).fill(7))];
    kernels.spread_dcs(from, to);
    const blocks = new Int16Array(bytesAt(to, 512).buffer);
    const expected = new Int16Array(256).fill(7);
    for (const [k, value] of spreadDcs(block).entries()) expected[16 * k] = value;
    assert.equal(blocks, expected);
  }
});

test('prediction of whole blocks, at all edges of the frame', () => {
  const random = randomNumbers(3);
  for (let i = 0; i < 40; i++)
    for (const size of [16, 8])
      for (let mode = 0; mode < 4; mode++)
        for (const hasAbove of [false, true])
          for (const hasLeft of [false, true])
            same(
              `mode ${mode}, size ${size}`,
              random,
              (p) => kernels.predict(mode, p + AT, STRIDE, size, hasAbove, hasLeft),
              (p) => predict(mode, p, AT, size, hasAbove, hasLeft),
            );
});

test('prediction of subblocks, with the neighbors to the right in place or elsewhere', () => {
  const random = randomNumbers(4);
  for (let i = 0; i < 200; i++)
    for (let mode = 0; mode < 10; mode++)
      for (const right of [AT - STRIDE + 4, AT - 5 * STRIDE + 4])
        same(
          `mode ${mode}`,
          random,
          (p) => kernels.predict_subblock(mode, p + AT, STRIDE, p + right),
          (p) => predictSubblock(mode, p, AT, right),
        );
});

test('the loop filters, with all limits', () => {
  const random = randomNumbers(5);
  for (let i = 0; i < 1000; i++) {
    const limits = { edge: random(194), interior: random(64), threshold: random(3) };
    const { edge, interior, threshold } = limits;
    const calls = {
      simple: (at: number) => kernels.filter_simple(at, STRIDE, edge),
      inner: (at: number) => kernels.filter_inner(at, STRIDE, edge, interior, threshold),
      outer: (at: number) => kernels.filter_outer(at, STRIDE, edge, interior, threshold),
    };
    for (const kind of ['simple', 'inner', 'outer'] as const)
      same(
        `${kind} ${JSON.stringify(limits)}`,
        random,
        (p) => calls[kind](p + AT),
        (p) => filterEdge(kind, p, AT, 16, limits),
      );
  }
});

test('columns become rows, and rows columns', () => {
  const pixels = randomBytes(randomNumbers(6), BYTES);
  const [first, second] = [AT, AT + 9 * STRIDE + 3];
  const at = placeAlone(pixels);
  const rows = placeBehind(new Uint8Array(128));
  kernels.columns_to_rows(at + first, at + second, STRIDE, rows);
  const turned = bytesAt(rows, 128);
  for (let column = 0; column < 8; column++)
    for (let row = 0; row < 16; row++)
      assert.is(turned[column * 16 + row], pixels[(row < 8 ? first : second) + (row & 7) * STRIDE + column]);
  const back = placeBehind(new Uint8Array(BYTES));
  kernels.rows_to_columns(rows, back + first, back + second, STRIDE);
  const expected = new Uint8Array(BYTES);
  for (const piece of [first, second])
    for (let row = 0; row < 8; row++)
      for (let column = 0; column < 8; column++)
        expected[piece + row * STRIDE + column] = pixels[piece + row * STRIDE + column];
  assert.equal(bytesAt(back, BYTES), expected);
});

/** A row of chroma with its first sample before it and its last behind it; the address of the first. */
function placeChroma(samples: Uint8Array): number {
  return placeBehind(Uint8Array.from([samples[0], ...samples, samples[samples.length - 1], ...Array(16).fill(9)])) + 1;
}

test('every color of video levels and beyond', () => {
  const luma = Uint8Array.from({ length: 256 + 16 }, (_, i) => i);
  for (let u = 0; u < 256; u += 15) {
    for (let v = 0; v < 256; v += 17) {
      const y = placeAlone(luma);
      const [at, out] = [
        [u, v].map((level) => placeChroma(new Uint8Array(128).fill(level))),
        placeBehind(new Uint8Array(816)),
      ];
      kernels.row_to_rgb(out, 256, y, at[0], at[0], at[1], at[1]);
      const expected = Uint8Array.from({ length: 256 }, (_, i) => i);
      assert.equal(
        [...bytesAt(out, 768)],
        [...expected].flatMap((level) => rgbOf(level, u, v)),
      );
    }
  }
});

test('rows of all widths from interpolated chroma', () => {
  const random = randomNumbers(7);
  for (let width = 1; width <= 70; width++) {
    const luma = randomBytes(random, width + 16);
    const y = placeAlone(luma);
    const rows = Array.from({ length: 4 }, () => randomBytes(random, (width + 1) >> 1));
    const [uNear, uFar, vNear, vFar] = rows.map(placeChroma);
    const out = placeBehind(new Uint8Array(3 * width + 48));
    kernels.row_to_rgb(out, width, y, uNear, uFar, vNear, vFar);
    const pixel = (x: number) => rgbOf(luma[x], chromaAt(rows[0], rows[1], x), chromaAt(rows[2], rows[3], x));
    assert.equal([...bytesAt(out, 3 * width)], Array.from({ length: width }, (_, x) => pixel(x)).flat(), `${width}`);
  }
});

test.run();
