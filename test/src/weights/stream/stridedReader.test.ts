import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DtypeName } from '../../../../src/weights/dtype.ts';
import { CHUNK_ELEMENTS, ChunkWriter } from '../../../../src/weights/stream/chunkWriter.ts';
import { StridedReader } from '../../../../src/weights/stream/stridedReader.ts';

const test = suite('weights/stream/stridedReader');
const SIZES: [DtypeName, number][] = [
  ['U8', 1],
  ['F16', 2],
  ['F32', 4],
  ['F64', 8],
];

/** The elements' bytes that `shape` and `strides` give out of `bytes`, fed in pieces of `step`, and the lengths of the chunks. */
function gathered(dtype: DtypeName, shape: number[], strides: number[], bytes: Uint8Array, step: number, offset = 0) {
  const tensor = { name: 'a', dtype, shape, storage: { pieces: [] }, offset, strides };
  const got: number[] = [];
  const chunks: number[] = [];
  const put = (chunk: Uint8Array) => {
    chunks.push(chunk.length);
    for (const byte of chunk) got.push(byte);
  };
  const writer = new ChunkWriter(tensor, { raw: true, grain: 1, put }, { floats: new Float32Array(0) });
  const reader = new StridedReader(tensor, strides, writer);
  for (let at = reader.begin; at < reader.end; at += step)
    reader.feed(bytes.subarray(at, Math.min(at + step, reader.end)));
  reader.finish();
  return { got, chunks, reader };
}

/** Element by element, by the definition: Σ index · stride. */
function plainly(shape: number[], strides: number[], size: number, bytes: Uint8Array, offset: number): number[] {
  let places = [offset];
  shape.forEach((n, axis) => {
    places = places.flatMap((place) => Array.from({ length: n }, (_, i) => place + i * strides[axis]));
  });
  return places.flatMap((place) => [...bytes.subarray(place * size, place * size + size)]);
}

test('any strides over any shape give the elements of the definition, however the bytes come', () => {
  const axes = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat({ max: 7 })), { minLength: 1, maxLength: 4 });
  const property = fc.property(
    axes,
    fc.constantFrom(...SIZES),
    fc.integer({ min: 1, max: 50 }),
    fc.nat({ max: 3 }),
    run,
  );
  fc.assert(property, { numRuns: 600, seed: 3 });
});

function run(axes: [number, number][], [dtype, size]: [DtypeName, number], step: number, offset: number): void {
  const shape = axes.map(([n]) => n);
  const strides = axes.map(([, stride]) => stride);
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 37) % 251);
  const { got, reader } = gathered(dtype, shape, strides, bytes, step, offset);
  assert.equal(got, plainly(shape, strides, size, bytes, offset));
  const reach = axes.reduce((sum, [n, stride]) => sum + (n - 1) * stride, 1);
  assert.equal([reader.begin, reader.end], [offset * size, (offset + reach) * size], 'and keeps no byte more');
}

test('a transposed table of more than one chunk is whole, in chunks of no more than the limit', () => {
  const [rows, columns] = [700, 512];
  const values = Uint16Array.from({ length: rows * columns }, (_, i) => i % 65_521);
  const { got, chunks } = gathered('F16', [columns, rows], [1, columns], new Uint8Array(values.buffer), 65_536);
  const turned = new Uint16Array(Uint8Array.from(got).buffer);
  assert.ok(turned.every((value, i) => value === values[(i % rows) * columns + Math.floor(i / rows)]));
  assert.equal(chunks, [2 * CHUNK_ELEMENTS, 2 * (rows * columns - CHUNK_ELEMENTS)]);
});

test.run();
