import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../../src/weights/checkpoint.ts';
import { toFloat32 } from '../../../../src/weights/dtype.ts';
import { fromFloat32 } from '../../../../src/weights/save/fromFloat32.ts';
import {
  entriesOf,
  type FileWriter,
  type SaveOptions,
  saveSafetensors,
} from '../../../../src/weights/save/saveSafetensors.ts';
import { refused } from '../../refused.ts';
import { readAll } from '../readAll.ts';

const test = suite('weights/saveSafetensors');
const open = (path: string, allowStubs = false) => {
  return openCheckpoint(filesOf({ file: readFileSync(path) }), { file: 'file', allowStubs });
};

/** A folder in memory; `open` counts files that were not closed. */
function folder() {
  const files: Record<string, Uint8Array> = {};
  const state = { open: 0 };
  const create = (name: string): FileWriter => {
    const chunks: Uint8Array[] = [];
    state.open++;
    return {
      write: (chunk) => void chunks.push(chunk.slice()),
      close() {
        state.open--;
        files[name] = Buffer.concat(chunks);
      },
    };
  };
  return { files, state, create };
}

async function saved(path: string, options?: SaveOptions, dtype?: 'F32' | 'F16' | 'BF16') {
  const { files, state, create } = folder();
  const names = await saveSafetensors(entriesOf(await open(path), dtype), create, options);
  assert.equal(names, Object.keys(files));
  assert.is(state.open, 0);
  return files;
}

test('one file without a limit, shards with an index below one; the same tensors in both', async () => {
  const path = 'fixtures/formats/pytorch_model.bin';
  const expected = await readAll(filesOf({ file: readFileSync(path) }), { file: 'file' });
  const whole = await saved(path);
  assert.equal(Object.keys(whole), ['model.safetensors']);
  const shards = await saved(path, { shardSize: 10_000 });
  const names = /^model-00001-of-(\d{5})\.safetensors,.*model-\1-of-\1\.safetensors,model\.safetensors\.index\.json$/;
  assert.match(Object.keys(shards).join(), names);
  for (const files of [whole, shards]) assert.equal(sorted(await readAll(filesOf(files))), sorted(expected));
  const index = JSON.parse(Buffer.from(shards['model.safetensors.index.json']).toString());
  const bytes = [...expected.values()].reduce(
    (sum, { data, dtype }) => sum + data.length * (dtype === 'I64' ? 8 : 4),
    0,
  );
  assert.is(index.metadata.total_size, bytes);
  assert.equal(Object.keys(index.weight_map), [...expected.keys()].sort());
});

const sorted = (tensors: ReadonlyMap<string, unknown>) => [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));

test('no shard is larger than the limit, unless one tensor is', async () => {
  const files = await saved('fixtures/models/cls/model.safetensors', { shardSize: 4000 });
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith('.json')) continue;
    const { tensors } = await openCheckpoint(filesOf({ [name]: bytes }), { file: name });
    const size = [...tensors.values()].reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    assert.ok(size <= 4000 || tensors.size === 1, `${name}: ${size}`);
  }
});

for (const dtype of ['F16', 'BF16'] as const) {
  test(`converts to ${dtype}, and leaves integers as they are`, async () => {
    const path = 'fixtures/formats/tensors.pt';
    const expected = await readAll(filesOf({ file: readFileSync(path) }), { file: 'file' });
    const got = await readAll(filesOf(await saved(path, {}, dtype)));
    for (const [name, tensor] of expected) {
      const float = /^(F|BF)/.test(tensor.dtype);
      assert.is(got.get(name)?.dtype, float ? dtype : tensor.dtype, name);
      const narrow = toFloat32(dtype, fromFloat32(dtype, tensor.data), new Float32Array(tensor.data.length));
      assert.equal(got.get(name)?.data, float ? narrow : tensor.data, name);
    }
  });
}

test('closes what it opened when writing fails', async () => {
  const { state, create } = folder();
  const bad = { name: 'a', dtype: 'F32', shape: [2], data: () => [new Uint8Array(4)] } as const;
  await refused(saveSafetensors([bad], create), 'InvalidArgument');
  assert.is(state.open, 0);
  await refused(saveSafetensors([], create, { shardSize: 0 }), 'InvalidArgument');
});

test.run();
