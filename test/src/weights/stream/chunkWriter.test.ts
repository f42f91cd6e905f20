import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StoredTensor } from '../../../../src/weights/storedTensor.ts';
import { CHUNK_ELEMENTS, ChunkWriter } from '../../../../src/weights/stream/chunkWriter.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/stream/chunkWriter');
const tensorOf = (count: number, dtype: 'F32' | 'BF16'): StoredTensor => {
  return { name: 'a', dtype, shape: [count], storage: { pieces: [] }, offset: 0, strides: null };
};

test('any cut of the bytes gives whole grains with the same elements, in order', () => {
  const cuts = fc.array(fc.nat({ max: 40 }), { maxLength: 30 });
  const property = fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 70 }),
    cuts,
    fc.nat({ max: 3 }),
    run,
  );
  fc.assert(property, { numRuns: 3000, seed: 2 });
});

/** `shift` bytes before the data leave nothing aligned. */
function run(count: number, grain: number, cuts: number[], shift: number): void {
  const values = Float32Array.from({ length: count }, (_, i) => i + 0.5);
  const bytes = new Uint8Array(4 * count + shift);
  bytes.set(new Uint8Array(values.buffer), shift);
  const got: number[] = [];
  const sink = {
    grain,
    put(chunk: Float32Array, offset: number) {
      assert.is(offset, got.length);
      assert.is(offset % grain, 0);
      assert.ok(chunk.length % grain === 0 || offset + chunk.length === count);
      got.push(...chunk);
    },
  };
  const writer = new ChunkWriter(tensorOf(count, 'F32'), sink, { floats: new Float32Array(0) });
  let at = shift;
  for (const cut of [...cuts, bytes.length]) {
    const end = Math.min(bytes.length, at + cut);
    writer.feed(bytes.subarray(at, end));
    at = end;
  }
  writer.finish();
  assert.equal(got, [...values]);
}

test('chunks stay near a megabyte, however much comes at once; a longer grain comes whole', () => {
  const lengths = (count: number, grain: number) => {
    const seen: number[] = [];
    const sink = { grain, put: (chunk: Float32Array) => void seen.push(chunk.length) };
    const writer = new ChunkWriter(tensorOf(count, 'BF16'), sink, { floats: new Float32Array(0) });
    writer.feed(new Uint8Array(2 * count));
    writer.finish();
    return seen;
  };
  assert.equal(lengths(700_000, 1), [CHUNK_ELEMENTS, CHUNK_ELEMENTS, 700_000 - 2 * CHUNK_ELEMENTS]);
  assert.equal(lengths(700_000, 1000), [262_000, 262_000, 176_000]);
  assert.equal(lengths(700_000, 300_000), [300_000, 300_000, 100_000]);
  assert.equal(lengths(700_000, 1e9), [700_000]);
});

test('aligned float32 reaches the sink without a copy', () => {
  const bytes = new Uint8Array(64);
  let buffer: ArrayBufferLike | undefined;
  const sink = { grain: 4, put: (chunk: Float32Array) => void (buffer = chunk.buffer) };
  new ChunkWriter(tensorOf(16, 'F32'), sink, { floats: new Float32Array(0) }).feed(bytes);
  assert.is(buffer, bytes.buffer);
});

test('a grain that is none, and bytes that do not suffice, are refused', async () => {
  const make = async (grain: number) => {
    const writer = new ChunkWriter(
      tensorOf(4, 'F32'),
      { grain, put: () => undefined },
      { floats: new Float32Array(0) },
    );
    writer.feed(new Uint8Array(12));
    writer.finish();
  };
  for (const grain of [0, -1, 0.5, Number.NaN, Infinity]) await refused(make(grain), 'InvalidArgument');
  await refused(make(1), 'InvalidCheckpoint');
});

test.run();
