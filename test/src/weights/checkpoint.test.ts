import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';
import { safetensorsFile } from './safetensors/safetensorsFile.ts';

const test = suite('weights/checkpoint');

const index = (map: Record<string, string>) => new TextEncoder().encode(JSON.stringify({ weight_map: map }));
const a = safetensorsFile({ a: [1, 2, 3] });
const b = safetensorsFile({ b: [4, 5] });

async function values(files: Record<string, Uint8Array>): Promise<Record<string, number[]>> {
  const checkpoint = await openCheckpoint(filesOf(files));
  const out: Record<string, number[]> = {};
  await checkpoint.visit((name) => {
    out[name] = [];
    return { grain: 1, put: (chunk: Float32Array) => void out[name].push(...chunk) };
  });
  return out;
}

test('prefers safetensors, then its shards', async () => {
  assert.equal(await values({ 'model.safetensors': a, 'pytorch_model.bin': b }), { a: [1, 2, 3] });
  const shards = { 'one.safetensors': a, 'two.safetensors': b };
  const map = index({ a: 'one.safetensors', b: 'two.safetensors' });
  assert.equal(await values({ ...shards, 'model.safetensors.index.json': map }), { a: [1, 2, 3], b: [4, 5] });
});

test('opens by content: a safetensors file may have any name', async () => {
  const checkpoint = await openCheckpoint(filesOf({ weights: a }), { file: 'weights' });
  assert.is(checkpoint.format, 'safetensors');
  assert.equal([...checkpoint.tensors.keys()], ['a']);
  assert.is(checkpoint.bytes, a.length);
});

test('says what is missing or doubled among shards', async () => {
  const open = (files: Record<string, Uint8Array>) => openCheckpoint(filesOf(files));
  const name = 'model.safetensors.index.json';
  await refused(open({}), 'FileNotFound');
  await refused(open({ [name]: index({ a: 'one', b: 'two' }), one: a }), 'FileNotFound');
  await refused(open({ [name]: index({ a: 'one', b: 'two' }), one: a, two: a }), 'InvalidCheckpoint');
  await refused(open({ [name]: index({ a: 'one', c: 'two' }), one: a, two: b }), 'InvalidCheckpoint');
  await refused(open({ [name]: index({ a: name }) }), 'InvalidCheckpoint');
});

test('refuses a hostile shard name before it opens any', async () => {
  const opened: string[] = [];
  const files = filesOf({ 'model.safetensors.index.json': index({ a: 'one', b: '../x' }), one: a });
  const watched = {
    open: (name: string) => {
      opened.push(name);
      return files.open(name);
    },
  };
  await refused(openCheckpoint(watched), 'InvalidCheckpoint');
  assert.equal(opened, ['model.safetensors', 'model.safetensors.index.json']);
});

test('stops between chunks when aborted, and reads only what is wanted', async () => {
  const checkpoint = await openCheckpoint(filesOf({ 'model.safetensors': safetensorsFile({ a: [1], b: [2, 3] }) }));
  let bytes = 0;
  const sink = { grain: 1, put: () => undefined };
  await checkpoint.visit((name) => (name === 'b' ? sink : null), { onBytes: (n) => (bytes += n) });
  assert.is(bytes, 8);
  await refused(
    checkpoint.visit(() => sink, { signal: AbortSignal.abort() }),
    'Aborted',
  );
});

test.run();
