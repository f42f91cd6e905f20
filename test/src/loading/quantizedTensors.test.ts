import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { DTYPES, type Dtype, quantizedRowBytes } from '../../../src/dtype.ts';
import { openQuantizer } from '../../../src/engine/openQuantizer.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import type { ModelSource } from '../../../src/loading/source.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { convert } from '../../../src/pretrained/convert.ts';
import { Tensor } from '../../../src/tensor.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';

const test = suite('loading/quantizedTensors');
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
test.after(() => rmSync(folder, { recursive: true }));

const pixels = Float32Array.from({ length: 3072 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, 32, 32]);

async function logitsOf(source: string, dtype?: Dtype): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(source, { dtype });
  return (await model.forward({ pixelValues })).logits.data;
}

for (const [dtype, bytesPerWeight] of [
  ['q8', 1],
  ['q4', 17 / 32],
] as const) {
  test(`${dtype}: what is saved computes the bits of what was quantized while loading`, async () => {
    const out = join(folder, dtype);
    await convert('fixtures/beit-digits', out, { dtype, shardSize: 50_000 });
    const expected = await logitsOf('fixtures/beit-digits', dtype);
    assert.equal(await logitsOf(out), expected);
    assert.equal(await logitsOf(out, dtype), expected);
    const files = await platform.folder(out);
    const { tensors } = await openCheckpoint(files!);
    const weight = tensors.get('beit.encoder.layer.0.intermediate.dense.weight')!;
    assert.equal([weight.dtype, ...weight.shape], ['U8', 256, 64 * bytesPerWeight]);
    assert.equal(tensors.get('beit.encoder.layer.0.intermediate.dense.weight_scale')!.shape, [256]);
  });
}

test('shards of any size open: scales lie beside their weights', async () => {
  for (const dtype of ['q8', 'q4'] as const) {
    const expected = await logitsOf('fixtures/beit-digits', dtype);
    for (const shardSize of [1, 3000]) {
      const out = join(folder, `${dtype}-${shardSize}`);
      await convert('fixtures/beit-digits', out, { dtype, shardSize });
      assert.equal(await logitsOf(out), expected, `${dtype} in shards of ${shardSize}`);
    }
  }
});

test('q8 is widened to scale·q where a model keeps its weights another way', async () => {
  await convert(join(folder, 'q8'), join(folder, 'wide'), { dtype: 'f32' });
  const { tensors } = await openCheckpoint((await platform.folder(join(folder, 'q8')))!);
  const [saved, wide] = await Promise.all([rawTensors('q8'), rawTensors('wide')]);
  const quantized = [...tensors].filter(([, { dtype }]) => dtype === 'U8');
  assert.is(quantized.length, 24);
  for (const [name, { shape }] of quantized) {
    const [q, scales] = [new Int8Array(saved.get(name)!), new Float32Array(saved.get(`${name}_scale`)!)];
    const expected = Float32Array.from(q, (value, i) => value * scales[Math.floor(i / shape[1])]);
    assert.equal(new Float32Array(wide.get(name)!), expected, name);
  }
});

for (const dtype of ['q8', 'q4'] as const) {
  test(`${dtype} opens as every other dtype, near what it is`, async () => {
    const own = await logitsOf(join(folder, dtype));
    for (const other of DTYPES) {
      const logits = await logitsOf(join(folder, dtype), other);
      const off = Math.max(...logits.map((value, i) => Math.abs(value - own[i])));
      assert.ok(off < (other === 'q4' ? 0.2 : 0.05), `${other}: ${off}`);
    }
  });
}

/** A copy of the saved q8 model with another header over the same bytes, and zeros behind them. */
async function withHeader(edit: (header: Header) => void, zeros = 0): Promise<ModelSource> {
  await convert('fixtures/beit-digits', join(folder, 'whole'), { dtype: 'q8' });
  const bytes = readFileSync(join(folder, 'whole/model.q8.safetensors'));
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, end).toString());
  edit(header);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const model = Buffer.concat([length, text, bytes.subarray(end), Buffer.alloc(zeros)]);
  return { 'config.json': readFileSync('fixtures/beit-digits/config.json'), 'model.safetensors': model };
}

interface Header {
  [name: string]: { dtype: string; shape: number[]; data_offsets: number[] };
}

const KEY = 'beit.encoder.layer.0.attention.attention.key.weight';
const WIDER = 'beit.encoder.layer.0.intermediate.dense.weight';

for (const [what, edit, code, message] of [
  [
    'rows of half the width',
    (h) => (h[KEY].shape = [128, 32]),
    'CheckpointMismatch',
    /key.weight": expected \[64,64\]/,
  ],
  [
    'rows of another layer',
    (h) => {
      for (const end of ['', '_scale']) [h[KEY + end], h[WIDER + end]] = [h[WIDER + end], h[KEY + end]];
    },
    'CheckpointMismatch',
    /2 tensors have another shape.*expected \[64,64\], got \[256,64\]/,
  ],
  [
    'scales of another shape',
    (h) => (h[`${KEY}_scale`].shape = [1, 64]),
    'CheckpointMismatch',
    /_scale": expected F32 \[64\], got F32 \[1,64\]/,
  ],
  [
    'no scales',
    (h) => {
      h.other = h[`${KEY}_scale`];
      delete h[`${KEY}_scale`];
    },
    'CheckpointMismatch',
    /key\.weight_scale": expected F32 \[64\], got none/,
  ],
  ['the name of no dtype at all', (h) => nameDtype(h, 'q16'), 'InvalidCheckpoint', /of q8 or q4, got q16/],
  ['the name of another dtype', (h) => nameDtype(h, 'q4'), 'CheckpointMismatch', /expected \[64,34\], got \[64,64\]/],
  [
    'the name of no dtype, as other libraries do',
    (h) => nameDtype(h, undefined),
    'UnsupportedFormat',
    /a library that quantizes stores "beit.*\(U8\)/,
  ],
] as [string, (header: Header) => void, ErrorCode, RegExp][]) {
  test(`a file that gives ${what} is refused`, async () => {
    const source = await withHeader(edit);
    await refused(() => BeitForImageClassification.fromPretrained(source), code, message);
  });
}

test('scales of weights that the model has not are passed over, whatever their shape', async () => {
  for (const shape of [[], [2, 3], [1]]) {
    const source = await withHeader((h) => {
      const size = 4 * shape.reduce((a, b) => a * b, 1);
      const end = Math.max(...Object.values(h).map(({ data_offsets }) => data_offsets?.[1] ?? 0));
      h.other_scale = { dtype: 'F32', shape, data_offsets: [end, end + size] };
      h.other = { dtype: 'U8', shape: [24 - size], data_offsets: [end + size, end + 24] };
    }, 24);
    using model = await BeitForImageClassification.fromPretrained(source);
    assert.equal(model.loadReport.unexpected, ['other']);
  }
});

function nameDtype(header: Header, dtype: string | undefined): void {
  (header.__metadata__ as unknown as Record<string, string | undefined>)['beit_wasm.dtype'] = dtype;
}

/** The bytes of every tensor of a folder. */
async function rawTensors(name: string): Promise<Map<string, ArrayBuffer>> {
  const checkpoint = await openCheckpoint((await platform.folder(join(folder, name)))!);
  const found = new Map<string, number[]>();
  await checkpoint.visit((tensor) => {
    const bytes: number[] = [];
    found.set(tensor, bytes);
    return { raw: true, grain: 1, put: (chunk: Uint8Array) => bytes.push(...chunk) };
  });
  return new Map([...found].map(([tensor, bytes]) => [tensor, Uint8Array.from(bytes).buffer]));
}

test('a model of numbers is not saved as a quantized one', async () => {
  using model = await BeitForImageClassification.fromPretrained('fixtures/beit-digits');
  const refused = await model.savePretrained(join(folder, 'no'), { dtype: 'q8' }).then(
    () => null,
    (error) => error,
  );
  assert.is(refused?.code, 'InvalidArgument');
});

test('q8: bytes are signed, each row has its scale', async () => {
  const { dequantize } = await openQuantizer('q8');
  const rows = { bytes: Uint8Array.of(1, 2, 255, 129, 0, 127), scales: Float32Array.of(0.5, 2) };
  assert.equal(dequantize(rows, 3), Float32Array.of(0.5, 1, -0.5, -254, 0, 254));
});

test('q4: a factor and 16 levels of it, low codes in front of high ones', async () => {
  const { dequantize } = await openQuantizer('q4');
  const bytes = new Uint8Array(quantizedRowBytes('q4', 20));
  bytes.set([0xf7, 0x7f, 0x00]); // values 0 … 2 are of codes 7, 15 and 0; 16 … 18 of 15, 7 and 0
  bytes[16] = 64; // the factor: levels are those of the codebook
  const [row] = [dequantize({ bytes, scales: Float32Array.of(0.25) }, 20)];
  assert.equal([...row.slice(0, 3)], [0, 16, -14]);
  assert.equal([...row.slice(16, 19)], [16, 0, -14]);
});

test('after a wide row comes a narrow one, and the other way round', async () => {
  const { dequantize } = await openQuantizer('q8');
  for (const k of [3, 700, 5]) {
    const rows = { bytes: new Uint8Array(2 * k).fill(3), scales: Float32Array.of(1, 2) };
    const found = dequantize(rows, k);
    assert.equal([found.length, found[0], found[k - 1], found[k], found[2 * k - 1]], [2 * k, 3, 3, 6, 6]);
  }
});

test.run();
