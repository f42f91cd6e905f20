import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalNames } from '../../../src/model/beit/config/names.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { toFloat32 } from '../../../src/weights/dtype.ts';
import { fromFloat32 } from '../../../src/weights/save/fromFloat32.ts';
import { refused } from '../refused.ts';
import { type ReadTensor, readAll } from './readAll.ts';

type Tensors = Map<string, ReadTensor>;

const test = suite('weights/formats');
const folder = 'fixtures/formats';
const INDEX = /relative_position_index$/;
const rowOf = (shape: readonly number[]) => shape.slice(1).reduce((a, b) => a * b, 1);

const read = (path: string, options = {}) => {
  return readAll(filesOf({ weights: readFileSync(path) }), { file: 'weights', ...options }, rowOf);
};

function assertSame(got: Tensors, expected: Tensors, map: (data: Float32Array) => Float32Array = (data) => data): void {
  assert.equal([...got.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { shape, data }] of expected) {
    assert.equal(got.get(name)?.shape, shape, name);
    assert.equal(got.get(name)?.data, map(data), name);
  }
}

/** Under canonical names, with fused query, key and value taken apart. */
function canonical(tensors: Tensors): Tensors {
  const names = canonicalNames(tensors.keys());
  const out: Tensors = new Map();
  for (const [name, tensor] of tensors) {
    const target = names.get(name);
    if (!target) continue;
    const fused = /^(.*\.)qkv\.(weight|bias)$/.exec(target);
    if (!fused) out.set(target, tensor);
    else
      for (const [i, part] of ['query', 'key', 'value'].entries())
        out.set(`${fused[1]}${part}.${fused[2]}`, third(tensor, i));
  }
  return out;
}

function third({ shape, data, dtype }: ReadTensor, i: number): ReadTensor {
  const [rows, length] = [shape[0] / 3, data.length / 3];
  return { dtype, shape: [rows, ...shape.slice(1)], data: data.slice(i * length, (i + 1) * length) };
}

const withoutIndex = (tensors: Tensors) => new Map([...tensors].filter(([name]) => !INDEX.test(name)));
const f16 = (data: Float32Array) => toFloat32('F16', fromFloat32('F16', data), new Float32Array(data.length));
const bf16 = (data: Float32Array) => toFloat32('BF16', fromFloat32('BF16', data), new Float32Array(data.length));

const cls = await read('fixtures/models/cls/model.safetensors');

for (const file of [
  'pytorch_model.bin',
  'pytorch_model.legacy.bin',
  'flax_model.msgpack',
  'flax_model.chunked.msgpack',
]) {
  test(`${file} holds the tensors of the safetensors file, bit by bit`, async () => {
    assertSame(withoutIndex(await read(`${folder}/${file}`)), cls);
  });
}

test('half precision widens exactly', async () => {
  assertSame(await read(`${folder}/model.f16.safetensors`), cls, f16);
  assertSame(await read(`${folder}/pytorch_model.bf16.bin`), cls, bf16);
});

test('shards of PyTorch files are one checkpoint', async () => {
  const names = readdirSync(folder).filter((name) => /^pytorch_model(-|\.bin\.index)/.test(name));
  const files = filesOf(Object.fromEntries(names.map((name) => [name, readFileSync(`${folder}/${name}`)])));
  assertSame(await readAll(files), cls);
});

test('unilm, timm and candle files hold the same model under other names', async () => {
  const expected = canonical(cls);
  assertSame(canonical(await read(`${folder}/timm.safetensors`)), expected);
  assertSame(canonical(await read(`${folder}/unilm.pth`, { allowStubs: true })), expected);
  const candle = canonical(await read(`${folder}/candle.safetensors`));
  for (const [name, { data }] of [...candle].filter(([name]) => name.endsWith('key.bias'))) {
    assert.ok(
      data.every((value) => value === 0),
      name,
    );
    candle.delete(name);
  }
  assertSame(candle, expected);
});

test('a training checkpoint is refused until stubs are allowed, and says so', async () => {
  const files = filesOf({ 'unilm.pth': readFileSync(`${folder}/unilm.pth`) });
  await openCheckpoint(files, { file: 'unilm.pth' }).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /asks for .*allowStubs/),
  );
  await refused(openCheckpoint(files, { file: 'unilm.pth' }), 'UnsafePickle');
});

for (const file of ['tensors.pt', 'tensors.legacy.pt']) {
  test(`${file}: every element type, strides, offsets and shared storages`, async () => {
    const expected = await read(`${folder}/tensors.safetensors`);
    const got = await read(`${folder}/${file}`);
    assertSame(got, expected);
    for (const [name, { dtype }] of expected) assert.is(got.get(name)?.dtype, dtype, name);
  });
}

test('raw sinks get the bytes as they are stored, strided tensors too', async () => {
  const collect = async (file: string) => {
    const checkpoint = await openCheckpoint(filesOf({ file: readFileSync(`${folder}/${file}`) }), { file: 'file' });
    const out = new Map<string, number[]>();
    await checkpoint.visit((name) => {
      out.set(name, []);
      return { raw: true, grain: 2, put: (chunk: Uint8Array) => void out.get(name)!.push(...chunk) };
    });
    return [...out].sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const expected = await collect('tensors.safetensors');
  assert.equal(await collect('tensors.pt'), expected);
  assert.equal(await collect('tensors.legacy.pt'), expected);
});

const shared = '../shared/reference';
if (existsSync(shared)) {
  const files = [
    'pytorch_model.zip.bin',
    'pytorch_model.legacy.bin',
    'flax_model.msgpack',
    'flax_model.chunked.msgpack',
  ];
  test('the reference checkpoint is the same in every container and naming', async () => {
    const reference = await read(`${shared}/cls/model.safetensors`);
    for (const file of files) assertSame(withoutIndex(await read(`${shared}/formats/${file}`)), reference);
    for (const file of ['unilm.pth', 'timm.safetensors']) {
      assertSame(canonical(await read(`${shared}/formats/${file}`)), canonical(reference));
    }
    for (const [name, round] of [
      ['fp16', f16],
      ['bf16', bf16],
    ] as const) {
      assertSame(withoutIndex(await read(`${shared}/formats/model.${name}.safetensors`)), reference, round);
      assertSame(withoutIndex(await read(`${shared}/formats/pytorch_model.${name}.bin`)), reference, round);
    }
  });
} else {
  console.log('skip: ../shared/reference is not here');
  test.skip('the reference checkpoint is the same in every container and naming', () => undefined);
}

test.run();
