import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../src/model/beit/config/config.ts';
import { pipeline } from '../src/pipelines/pipeline.ts';
import { BeitForImageClassification } from '../src/pretrained/beitForImageClassification.ts';
import { BeitModel } from '../src/pretrained/beitModel.ts';
import { Tensor } from '../src/tensor.ts';
import { refused } from './src/refused.ts';

const test = suite('badInput');
const FOLDER = 'fixtures/beit-digits';
const file = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`));
const weights = file('model.safetensors');
const config = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
const files = (json: unknown, bytes: Uint8Array = weights) => ({
  'config.json': new TextEncoder().encode(JSON.stringify(json)),
  'model.safetensors': bytes,
});

const load = (source: Parameters<typeof BeitForImageClassification.fromPretrained>[0]) =>
  BeitForImageClassification.fromPretrained(source);

test('a model that is not there', async () => {
  await refused(load('no/such/folder/here'), 'FileNotFound', /no\/such\/folder\/here/);
  await refused(load(files(config, weights.slice(0, 4))), 'InvalidCheckpoint', /8 bytes/);
  await refused(load({ 'config.json': files(config)['config.json'] }), 'FileNotFound', /model\.safetensors/);
  await refused(load({ ...files(config), 'config.json': new TextEncoder().encode('{') }), 'InvalidConfig', /not JSON/);
  await refused(load(7 as never), 'InvalidArgument', /got number/);
});

test('JSON that is nested without end, in every file', async () => {
  const deep = new TextEncoder().encode('['.repeat(100_000));
  await refused(
    load({ ...files(config), 'config.json': deep }),
    'InvalidConfig',
    /config\.json: nested deeper than 64/,
  );
  const header = new Uint8Array([
    ...new Uint8Array(new BigUint64Array([BigInt(deep.length + 5)]).buffer),
    ...new TextEncoder().encode('{"a":'),
    ...deep,
  ]);
  await refused(load(files(config, header)), 'InvalidCheckpoint', /nested deeper than 16/);
  const index = { ...files(config), 'model.safetensors.index.json': deep } as Record<string, Uint8Array>;
  delete index['model.safetensors'];
  await refused(load(index), undefined, /model\.safetensors\.index\.json/);
  const source = { ...files(config), 'preprocessor_config.json': deep };
  await refused(pipeline('image-classification', source), 'InvalidConfig', /nested deeper than 64/);
});

test('a truncated and a lying weights file', async () => {
  await refused(load(files(config, weights.slice(0, -1))), 'InvalidCheckpoint', /model\.safetensors/);
  await refused(load(files(config, weights.slice(0, 100))), 'InvalidCheckpoint', /header/);
});

test('a config that does not fit the weights says which tensor, and both shapes', async () => {
  const other = { ...config, intermediate_size: 128 };
  await refused(
    load(files(other)),
    'CheckpointMismatch',
    /"beit\.encoder\.layer\.0.*": expected \[128,64\], got \[256,64\]/,
  );
  await refused(
    load(files({ ...config, use_mask_token: true })),
    'CheckpointMismatch',
    /missing: "embeddings\.mask_token"/,
  );
});

test('allowMissing initializes what is missing and lists it', async () => {
  const source = files({ ...config, use_mask_token: true });
  using model = await BeitForImageClassification.fromPretrained(source, { allowMissing: true });
  assert.equal(model.loadReport.missing, ['embeddings.mask_token']);
});

test('pixel values that are none', async () => {
  using model = await load(FOLDER);
  const pixels = (dims: number[], value = 0) =>
    model.forward({
      pixelValues: new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)).fill(value), dims),
    });
  await refused(pixels([1, 3, 32, 32], Number.NaN), 'InvalidArgument', /NaN at 0/);
  await refused(pixels([1, 3, 32, 32], Number.POSITIVE_INFINITY), 'InvalidArgument', /Infinity/);
  await refused(pixels([1, 1, 32, 32]), 'InvalidArgument', /expected 3 channels, got 1/);
  await refused(pixels([0, 3, 32, 32]), 'InvalidArgument', /batch of 1 or more/);
  await refused(pixels([3, 32, 32]), 'InvalidArgument', /got \[3,32,32\]/);
  await refused(pixels([1, 3, 3, 32]), 'InvalidArgument', /one patch of 4×4, got 3×32/);
  await refused(model.forward({} as never), 'InvalidArgument', /specify pixelValues/);
});

test('masks of the wrong shape', async () => {
  using model = await BeitModel.fromConfig(
    new BeitConfig({
      hiddenSize: 8,
      numHiddenLayers: 1,
      numAttentionHeads: 2,
      intermediateSize: 8,
      imageSize: 8,
      patchSize: 4,
    }),
  );
  const pixelValues = new Tensor('float32', new Float32Array(192), [1, 3, 8, 8]);
  const boolMaskedPos = new Tensor('bool', new Uint8Array(4), [1, 4]);
  await refused(model.forward({ pixelValues, boolMaskedPos }), 'InvalidArgument', /no mask token/);
  const headMask = new Tensor('float32', new Float32Array(3), [3]);
  await refused(model.forward({ pixelValues, headMask }), 'InvalidArgument', /expected \[2\] or \[1, 2\], got \[3\]/);
});

test('after a refused picture the same model still classifies the next one', async () => {
  using classify = await pipeline('image-classification', FOLDER);
  await refused(classify(new Uint8Array([1, 2, 3])), 'InvalidImage', /./);
  await refused(classify([]), 'InvalidArgument', /at least one/);
  await refused(classify('no/such/picture.png'), 'FileNotFound', /no such file/);
  await refused(classify(file('scans/0005-5.png'), { topK: 0 }), 'InvalidArgument', /topK/);
  const [best] = await classify(file('scans/0005-5.png'));
  assert.is(best.label, '5');
});

test('a model used after dispose', async () => {
  const model = await load(FOLDER);
  model.dispose();
  model.dispose();
  const pixelValues = new Tensor('float32', new Float32Array(3072), [1, 3, 32, 32]);
  await refused(model.forward({ pixelValues }), 'Disposed', /disposed/);
});

test('an aborted load and an aborted pass', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await refused(BeitForImageClassification.fromPretrained(FOLDER, { signal }), 'Aborted', /aborted/);
  using model = await load(FOLDER);
  const pixelValues = new Tensor('float32', new Float32Array(3072), [1, 3, 32, 32]);
  const controller = new AbortController();
  const pass = model.forward({ pixelValues, signal: controller.signal });
  controller.abort();
  await refused(pass, 'Aborted', /aborted/);
  assert.is((await model.forward({ pixelValues })).logits.data.length, 10);
});

test('an unknown task and a batch that is no count', async () => {
  await refused(pipeline('translation' as never, FOLDER), 'InvalidArgument', /expected one of image-classification/);
  await refused(BeitForImageClassification.fromPretrained(FOLDER, { maxBatch: 0 }), 'InvalidArgument', /maxBatch/);
});

test('more memory than there is', async () => {
  const huge = new BeitConfig({
    hiddenSize: 16384,
    numHiddenLayers: 4,
    numAttentionHeads: 16,
    intermediateSize: 65536,
  });
  await refused(BeitModel.fromConfig(huge), 'OutOfMemory', /bytes needed, \d+ bytes available/);
});

test('forward passes that are asked for at once do not disturb each other', async () => {
  using model = await load(FOLDER);
  const input = (value: number) => ({
    pixelValues: new Tensor('float32', new Float32Array(3072).fill(value), [1, 3, 32, 32]),
  });
  const alone = [await model.forward(input(0.1)), await model.forward(input(-0.7))];
  const together = await Promise.all([model.forward(input(0.1)), model.forward(input(-0.7))]);
  assert.equal(
    together.map(({ logits }) => logits.data),
    alone.map(({ logits }) => logits.data),
  );
});

test.run();
