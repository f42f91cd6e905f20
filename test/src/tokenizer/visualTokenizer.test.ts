import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Tensor } from '../../../src/tensor.ts';
import { VisualTokenizer, type VisualTokenizerOptions } from '../../../src/tokenizer/visualTokenizer.ts';
import { bytesSource } from '../../../src/weights/bytes/byteSource.ts';
import { type FloatDtype, fromFloat32 } from '../../../src/weights/save/fromFloat32.ts';
import { readTensors } from '../../family/readTensors.ts';
import { refused } from '../refused.ts';
import { typedFile } from '../weights/altered/typedFile.ts';
import { readAll } from '../weights/readAll.ts';

const test = suite('tokenizer/visualTokenizer');
const ROOT = 'fixtures/tokenizers';
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';

async function opened(name: string, options: VisualTokenizerOptions = {}) {
  const expected = await readTensors(`${ROOT}/${name}/expected.safetensors`);
  const floats = (key: string) => expected.get(key)!.data as Float32Array;
  const pixels = new Tensor('float32', floats('pixels'), expected.get('pixels')!.dims);
  return { tokenizer: await VisualTokenizer.fromPretrained(`${ROOT}/${name}`, options), expected, floats, pixels };
}

test('the dVAE: tokens and pixels are those of DALL-E, from its own pickled modules, on any threads', async () => {
  for (const threads of [1, 2] as const) {
    const { tokenizer, expected, floats, pixels } = await opened('dvae', { threads });
    assert.equal([tokenizer.kind, tokenizer.vocabSize], ['dvae', 20]);
    const tokens = await tokenizer.encodePixels(pixels);
    assert.equal(tokens.dims, [5, 3]);
    assert.equal([...tokens.data], [...expected.get('tokens')!.data]);
    const { data, width, height, channels } = await tokenizer.decode(tokens);
    assert.equal([width, height, channels], [24, 40, 3]);
    const decoded = floats('decoded'); // [3, 40, 24]
    for (const [i, value] of data.entries()) {
      const wanted = 255 * decoded[(i % 3) * width * height + Math.floor(i / 3)];
      assert.ok(Math.abs(value - wanted) < 0.501, `${value} for ${wanted} at ${i}`);
    }
    tokenizer.dispose();
  }
});

test('FLAVA: its names of the same encoder; there is no decoder', async () => {
  const { tokenizer, expected, pixels } = await opened('flava');
  const tokens = await tokenizer.encodePixels(pixels);
  assert.equal([...tokens.data], [...expected.get('tokens')!.data]);
  await refused(() => tokenizer.decode(tokens), 'UnsupportedFormat', /there is no decoder.pkl/);
});

test('BEiT v2: the encoder within a checkpoint of its trainer', async () => {
  const { tokenizer, expected, pixels } = await opened('vqkd', { numAttentionHeads: 3 });
  assert.equal([tokenizer.kind, tokenizer.vocabSize], ['vqkd', 20]);
  const tokens = await tokenizer.encodePixels(pixels);
  assert.equal([...tokens.data], [...expected.get('tokens')!.data]);
  await refused(() => tokenizer.decode(tokens), 'UnsupportedFormat', /features, not pixels/);
});

/** The same file in another type, and what it holds then in f32, as safetensors files. */
async function rounded(path: string, dtype: FloatDtype): Promise<{ half: Uint8Array; full: Uint8Array }> {
  const bytes = new Uint8Array(readFileSync(path));
  const read = (file: Uint8Array) =>
    readAll({ open: async (name) => (name === 'file' ? bytesSource(name, file) : null) }, { file: 'file' });
  const write = async (file: Uint8Array, stored: FloatDtype) => {
    const tensors = [...(await read(file))];
    return typedFile(
      Object.fromEntries(
        tensors.map(([name, { shape, data }]) => [name, [stored, shape, fromFloat32(stored, data)] as const]),
      ),
    );
  };
  const half = await write(bytes, dtype);
  return { half, full: await write(half, 'F32') };
}

test('files of f16 and bf16: the tokens and pixels of f32 arithmetic on the rounded weights', async () => {
  const { tokenizer: original, pixels } = await opened('dvae');
  const first = await original.encodePixels(pixels);
  const paint = await original.decode(first);
  for (const dtype of ['F16', 'BF16'] as const) {
    const [encoder, decoder] = [
      await rounded(`${ROOT}/dvae/encoder.pkl`, dtype),
      await rounded(`${ROOT}/dvae/decoder.pkl`, dtype),
    ];
    assert.ok(encoder.half.length < 0.6 * encoder.full.length);
    using half = await VisualTokenizer.fromPretrained({ 'encoder.pkl': encoder.half, 'decoder.pkl': decoder.half });
    using full = await VisualTokenizer.fromPretrained({ 'encoder.pkl': encoder.full, 'decoder.pkl': decoder.full });
    const tokens = await half.encodePixels(pixels);
    assert.equal(tokens, await full.encodePixels(pixels), dtype);
    assert.equal(await half.decode(first), await full.decode(first), dtype);
    assert.not.equal(await half.decode(first), dtype === 'BF16' ? paint : null);
  }
  await refused(opened('dvae', { dtype: 'q8' } as VisualTokenizerOptions), 'InvalidArgument', /dtype/);
});

test('a picture: 112 × 112 by Lanczos, 14 × 14 tokens, and a picture of them', async () => {
  const { tokenizer } = await opened('dvae');
  const { resample, size } = tokenizer.processor.config;
  assert.equal([resample, size], ['lanczos', { height: 112, width: 112 }]);
  const tokens = await tokenizer.encode(SCAN);
  assert.equal(tokens.dims, [14, 14]);
  const picture = await tokenizer.decode(tokens);
  assert.equal([picture.width, picture.height], [112, 112]);
});

test('a size that was used before gives the same tokens after another', async () => {
  const { tokenizer, pixels } = await opened('dvae');
  const first = await tokenizer.encodePixels(pixels);
  const other = new Tensor('float32', pixels.data.subarray(0, 3 * 8 * 16), [1, 3, 8, 16]);
  const [between, again] = await Promise.all([tokenizer.encodePixels(other), tokenizer.encodePixels(pixels)]);
  assert.equal(between.dims, [1, 2]);
  assert.equal(again, first);
});

test('either half alone', async () => {
  const files = (name: string) => ({ [name]: new Uint8Array(readFileSync(`${ROOT}/dvae/${name}`)) });
  const { tokenizer, pixels } = await opened('dvae');
  const tokens = await tokenizer.encodePixels(pixels);
  using encoder = await VisualTokenizer.fromPretrained(files('encoder.pkl'));
  assert.equal(await encoder.encodePixels(pixels), tokens);
  using decoder = await VisualTokenizer.fromPretrained(files('decoder.pkl'));
  assert.equal(await decoder.decode(tokens), await tokenizer.decode(tokens));
  await refused(() => decoder.encodePixels(pixels), 'UnsupportedFormat', /a decoder and no encoder/);
  await refused(() => encoder.decode(tokens), 'UnsupportedFormat', /there is no decoder.pkl/);
});

test('other weights, pixels and tokens are errors that say what was expected', async () => {
  const { tokenizer, pixels } = await opened('dvae');
  const other = () => VisualTokenizer.fromPretrained('fixtures/models/cls');
  await refused(other, 'CheckpointMismatch', /expected the tensors of DALL-E's dVAE/);
  const odd = new Tensor('float32', new Float32Array(3 * 9 * 8), [1, 3, 9, 8]);
  await refused(() => tokenizer.encodePixels(odd), 'InvalidArgument', /multiples of 8, got 9 × 8/);
  await refused(
    () => tokenizer.encodePixels(new Tensor('float32', pixels.data, [3, 40, 24])),
    'InvalidArgument',
    /\[1, 3, height, width\]/,
  );
  const far = new Tensor('int32', new Int32Array([20]), [1, 1]);
  await refused(() => tokenizer.decode(far), 'InvalidArgument', /0 to 19, got 20/);
  await refused(
    () => tokenizer.decode(new Tensor('int32', new Int32Array(2), [2])),
    'InvalidArgument',
    /\[height, width\]/,
  );
});

test('an abort and a disposal are heard', async () => {
  const { tokenizer, pixels } = await opened('dvae');
  await refused(() => tokenizer.encode(SCAN, { signal: AbortSignal.abort() }), 'Aborted', /aborted/);
  const controller = new AbortController();
  const pending = tokenizer.encodePixels(pixels, { signal: controller.signal });
  controller.abort();
  await refused(() => pending, 'Aborted', /aborted/);
  assert.equal((await tokenizer.encodePixels(pixels)).dims, [5, 3], 'the next one runs');
  tokenizer.dispose();
  await refused(() => tokenizer.encodePixels(pixels), 'Disposed', /disposed/);
});

test.run();
