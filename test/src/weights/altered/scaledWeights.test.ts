import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scaledWeights } from '../../../../src/weights/altered/scaledWeights.ts';
import { filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { type Checkpoint, openCheckpoint } from '../../../../src/weights/checkpoint.ts';
import { toFloat32 } from '../../../../src/weights/dtype.ts';
import { refused } from '../../refused.ts';
import { type Typed, typedFile } from './typedFile.ts';

const test = suite('weights/scaledWeights');
const open = async (tensors: Record<string, Typed>, quantization?: unknown): Promise<Checkpoint> => {
  const files = filesOf({ 'model.safetensors': await typedFile(tensors) });
  return scaledWeights(await openCheckpoint(files), quantization);
};

async function read(checkpoint: Checkpoint, wanted: string, grain = 1): Promise<Float32Array> {
  const { shape, dtype } = checkpoint.tensors.get(wanted)!;
  assert.is(dtype, 'F32');
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const put = (chunk: Float32Array, offset: number) => data.set(chunk, offset);
  await checkpoint.visit((name) => (name === wanted ? { grain, put } : null));
  return data;
}

const random = (count: number, seed = 1) =>
  Float32Array.from({ length: count }, (_, i) => ((((i + seed) * 7919) % 2003) - 1001) / 997);
const f32 = (data: Float32Array, ...shape: number[]): Typed => ['F32', shape, data];
const integers = (n: number, k: number) => Int8Array.from({ length: n * k }, (_, i) => ((i * 37) % 255) - 127);

/** n × k with rows and columns in blocks of these sizes, odd ones too. */
const SIZES = [
  [3, 5, 1, 5],
  [7, 6, 7, 6],
  [9, 10, 4, 3],
  [130, 140, 128, 128],
] as const;

for (const [type, bytes] of [
  ['I8', (n: number, k: number) => integers(n, k)],
  ['F8_E4M3', (n: number, k: number) => Uint8Array.from({ length: n * k }, (_, i) => (i * 41) % 127)],
  ['F8_E5M2', (n: number, k: number) => Uint8Array.from({ length: n * k }, (_, i) => (i * 41) % 120)],
] as const) {
  test(`${type} with scales of blocks, rows and the whole tensor`, async () => {
    for (const [n, k, rows, columns] of SIZES) {
      const [down, across] = [Math.ceil(n / rows), Math.ceil(k / columns)];
      const scale = random(down * across);
      const zero = Int8Array.from({ length: down * across }, (_, i) => (i % 5) - 2);
      const data = bytes(n, k);
      const raw = new Uint8Array(data.buffer);
      const values = toFloat32(type, raw, new Float32Array(n * k)).slice();
      const expected = (z: ArrayLike<number> | null) =>
        values.map((q, i) => {
          const at = Math.floor(Math.floor(i / k) / rows) * across + Math.floor((i % k) / columns);
          return (z ? q - z[at] : q) * scale[at];
        });
      const weight: Typed = [type, [n, k], raw];
      const config = { weight_block_size: [rows, columns] };
      const plain = await open({ 'a.weight': weight, 'a.weight_scale': f32(scale, down, across) }, config);
      assert.equal([...plain.tensors.keys()], ['a.weight']);
      assert.equal(await read(plain, 'a.weight', k), expected(null), `${n} × ${k}`);
      const inverse = await open({ 'a.weight': weight, 'a.weight_scale_inv': f32(scale, down, across) }, config);
      assert.equal(await read(inverse, 'a.weight', 2), expected(null));
      const shifted = {
        'a.weight_scale': f32(scale, down, across),
        'a.weight_zero_point': ['I8', [down, across], zero],
      };
      assert.equal(
        await read(await open({ 'a.weight': weight, ...shifted } as never, config), 'a.weight'),
        expected(zero),
      );
    }
  });
}

test('bitsandbytes: rows times SCB over 127', async () => {
  const scb = random(3);
  const checkpoint = await open({
    'q.weight': ['I8', [3, 4], integers(3, 4)],
    'q.SCB': f32(scb, 3),
    'q.weight_format': ['U8', [], new Uint8Array(1)],
    'q.bias': f32(random(3), 3),
  });
  assert.equal([...checkpoint.tensors.keys()].sort(), ['q.bias', 'q.weight']);
  const reciprocal = Math.fround(1 / 127);
  const expected = Float32Array.from(integers(3, 4), (q, i) => Math.fround(q * scb[Math.floor(i / 4)]) * reciprocal);
  assert.equal(await read(checkpoint, 'q.weight'), expected);
  const turned: Record<string, Typed> = {
    'q.weight': ['I8', [3, 4], integers(3, 4)],
    'q.SCB': f32(scb, 3),
    'q.weight_format': ['U8', [], Uint8Array.of(2)],
  };
  await refused(() => open(turned), 'UnsupportedFormat', /bitsandbytes stored it in layout 2/);
});

test('torchao and quanto keep data and scales under names of their own', async () => {
  const data: Typed = ['I8', [2, 3], integers(2, 3)];
  const scale = random(2);
  const expected = Float32Array.from(integers(2, 3), (q, i) => q * scale[Math.floor(i / 3)]);
  const ao = await open({ 'a._weight_qdata': data, 'a._weight_scale': f32(scale, 2, 1) });
  assert.equal(await read(ao, 'a.weight'), expected);
  const quanto = await open({
    'a.weight._data': data,
    'a.weight._scale': f32(scale, 2, 1),
    'a.input_scale': f32(Float32Array.of(1)),
    'a.output_scale': f32(Float32Array.of(1)),
  });
  assert.equal([...quanto.tensors.keys()], ['a.weight']);
  assert.equal(await read(quanto, 'a.weight'), expected);
});

test('zero points [n, 1] beside what a config names are no weights that are left over', async () => {
  const checkpoint = await open(
    {
      'a._weight_qdata': ['I8', [2, 3], integers(2, 3)],
      'a._weight_scale': f32(random(2), 2, 1),
      'a._weight_zero_point': ['I8', [2, 1], new Int8Array(2)],
    },
    { quant_method: 'torchao' },
  );
  assert.equal([...checkpoint.tensors.keys()], ['a.weight']);
});

test('raw sinks get the bytes of what is seen', async () => {
  const checkpoint = await open({
    'a.weight': ['I8', [1, 2], Int8Array.of(1, -2)],
    'a.weight_scale': f32(Float32Array.of(0.5)),
  });
  const got: number[] = [];
  const put = (chunk: Uint8Array) => void got.push(...new Float32Array(chunk.slice().buffer));
  await checkpoint.visit(() => ({ raw: true, grain: 1, put }));
  assert.equal(got, [0.5, -1]);
});

test('what is not quantized comes back as it is', async () => {
  const files = filesOf({
    'model.safetensors': await typedFile({ a: f32(random(2), 2), b: ['F8_E4M3', [1], new Uint8Array(1)] }),
  });
  const checkpoint = await openCheckpoint(files);
  assert.is(await scaledWeights(checkpoint, undefined), checkpoint);
});

test('schemes that are not read are named', async () => {
  const word: Typed = ['I32', [1, 1], new Int32Array(1)];
  const byte: Typed = ['U8', [1], new Uint8Array(1)];
  const cases: readonly (readonly [string, Typed, RegExp])[] = [
    ['a.weight.quant_state.bitsandbytes__nf4', byte, /bitsandbytes in 4 bits \(nf4\)/],
    ['a.weight.absmax', f32(random(1), 1), /bitsandbytes/],
    ['a.qweight', word, /GPTQ, AWQ or/],
    ['a.weight_packed', word, /compressed-tensors in packed integers/],
    ['a.weight._shift', byte, /quanto in 2 or 4 bits/],
    ['a.weight:qdata', byte, /torchao/],
    ['a.weight_blocks', byte, /MXFP4/],
    ['a.W_q', byte, /HQQ/],
    ['a.weight_scales', f32(random(1), 1), /EETQ/],
    ['a.weight_scale_2', f32(random(1), 1), /NVFP4/],
    ['a.qbiases', f32(random(1), 1), /MLX/],
  ];
  for (const [name, tensor, message] of cases)
    await refused(() => open({ [name]: tensor }), 'UnsupportedFormat', message);
  const method = { quant_method: 'gptq\n' };
  await refused(
    () => open({ 'a.qweight': word }, method),
    'UnsupportedFormat',
    /quantization_config says gptq\\u000a; dequantize/,
  );
  const unknown = { quant_method: 'vptq' };
  await refused(
    () => open({ 'a.weight': ['I8', [2, 2], integers(2, 2)] }, unknown),
    'UnsupportedFormat',
    /"vptq".*"a\.weight" \(I8\)/,
  );
  assert.ok(await open({ a: f32(random(1), 1), ids: ['I64', [1], new BigInt64Array(1)] }, unknown));
});

test('what stores its weights in another type is named by its config or by its names', async () => {
  const scale = f32(random(2), 2, 1);
  for (const type of ['U8', 'I16', 'I32', 'U32', 'F8_E4M3FNUZ'] as const) {
    const weight: Typed = [type, [2, 2], new Uint8Array({ I16: 8, I32: 16, U32: 16 }[type as string] ?? 4)];
    const method = { quant_method: 'some' };
    await refused(() => open({ 'a.weight': weight }, method), 'UnsupportedFormat', new RegExp(`"some".*\\(${type}\\)`));
    const bare = () => open({ 'a.weight': weight, 'a.weight_scale': scale });
    await refused(bare, 'UnsupportedFormat', /a library that quantizes stores "a\.weight"/);
    const quanto = () => open({ 'a.weight._data': weight, 'a.weight._scale': scale });
    await refused(quanto, 'UnsupportedFormat', new RegExp(`quanto stores "a\\.weight\\._data" \\(${type}\\)`));
  }
  const rotated = { quant_method: 'compressed-tensors', transform_config: { config_groups: { R1: {} } } };
  await refused(
    () => open({ a: f32(random(1), 1) }, rotated),
    'UnsupportedFormat',
    /transform_config .* turns activations/,
  );
  assert.ok(await open({ a: f32(random(1), 1) }, { ...rotated, transform_config: { config_groups: {} } }));
});

test('bytes with zero points, and exponents of MX formats in bytes', async () => {
  const unsigned = await open({
    'a.weight': ['U8', [2, 2], Uint8Array.of(0, 255, 130, 7)],
    'a.weight_scale': f32(Float32Array.of(0.5, 2), 2),
    'a.weight_zero_point': ['U8', [2], Uint8Array.of(128, 7)],
  });
  assert.equal([...(await read(unsigned, 'a.weight'))], [-64, 63.5, 246, 0]);
  const mx = await open({
    'a.weight': ['F8_E4M3', [2, 2], Uint8Array.of(0x38, 0xb8, 0x40, 0x00)],
    'a.weight_scale_inv': ['U8', [2, 1], Uint8Array.of(127, 130)],
    'norm.input_scale': f32(random(1), 1),
  });
  assert.equal([...mx.tensors.keys()], ['a.weight'], 'scales of activations are not seen, wherever they are');
  assert.equal([...(await read(mx, 'a.weight'))], [1, -1, 16, 0]);
});

test('scales that do not fit', async () => {
  const weight: Typed = ['I8', [4, 6], integers(4, 6)];
  const bad = (shape: number[], type: Typed[0] = 'F32') => {
    const data =
      type === 'F32' ? random(shape.reduce((a, b) => a * b, 1)) : new Uint8Array(shape.reduce((a, b) => a * b, 1));
    return () => open({ 'a.weight': weight, 'a.weight_scale': [type, shape, data] });
  };
  await refused(bad([3]), 'InvalidCheckpoint', /scales of shape \[3\] do not fit \[4,6\]/);
  await refused(bad([3, 2]), 'InvalidCheckpoint', /do not fit/);
  await refused(bad([2, 4]), 'InvalidCheckpoint', /do not fit/);
  await refused(bad([0]), 'InvalidCheckpoint', /do not fit/);
  await refused(bad([4], 'U8'), 'InvalidCheckpoint', /float type, got U8/);
  const zeros: Record<string, Typed> = {
    'a.weight': weight,
    'a.weight_scale': f32(random(4), 4),
    'a.weight_zero_point': ['I8', [2], new Int8Array(2)],
  };
  await refused(() => open(zeros), 'InvalidCheckpoint', /expected 4 zero points, got 2/);
});

test.run();
