import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../src/weights/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';

const test = suite('weights/formats');
const reference = '../shared/reference';

async function load(path: string) {
  const files = filesOf({ weights: readFileSync(path) });
  const checkpoint = await openCheckpoint(files, { file: 'weights' });
  const out = new Map<string, { shape: readonly number[]; data: Float32Array; dtype: string }>();
  await checkpoint.visit((name, { shape, dtype }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    out.set(name, { shape, data, dtype });
    return { grain: 1, put: (chunk: Float32Array, at: number) => data.set(chunk, at) };
  });
  return out;
}

if (existsSync(reference)) {
  for (const file of [
    'pytorch_model.zip.bin',
    'pytorch_model.legacy.bin',
    'flax_model.msgpack',
    'flax_model.chunked.msgpack',
  ]) {
    test(`${file} holds the tensors of the safetensors file, bit by bit`, async () => {
      const expected = await load(`${reference}/cls/model.safetensors`);
      const got = await load(`${reference}/formats/${file}`);
      for (const [name, { shape, data }] of expected) {
        assert.equal(got.get(name)?.shape, shape, name);
        assert.equal(got.get(name)?.data, data, name);
      }
      const more = [...got.keys()].filter((name) => !expected.has(name));
      assert.ok(
        more.every((name) => name.endsWith('.relative_position_index')),
        more.join(),
      );
    });
  }
}
test.run();
