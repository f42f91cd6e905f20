import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import { openSource, type ProgressEvent } from '../../../src/loading/source.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('loading/loadModel');
const FOLDER = 'fixtures/beit-digits';

test('progress begins, rises to the end of the file and is done', async () => {
  const events: ProgressEvent[] = [];
  using model = await BeitForImageClassification.fromPretrained(FOLDER, { onProgress: (event) => events.push(event) });
  assert.equal(model.loadReport, { missing: [], unexpected: [], prefix: '' });
  const statuses = events.map(({ status }) => status);
  assert.equal([statuses[0], ...statuses.slice(-2)], ['initiate', 'done', 'ready']);
  const progress = events.filter(({ status }) => status === 'progress');
  assert.ok(progress.length > 0);
  for (const [i, { loaded, total, file }] of progress.entries()) {
    assert.ok(loaded! > (progress[i - 1]?.loaded ?? 0) && loaded! <= total!);
    assert.is(file, 'model.safetensors');
  }
  assert.ok(progress.at(-1)!.progress! > 95);
});

// panels hold 12 rows in the relaxed build and 16 in the strict one: of these sizes each shares panels between query and key in one
for (const hiddenSize of [40, 64, 256]) {
  test(`hidden size ${hiddenSize}: a file is loaded as its bytes in memory are`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'beit-load-model-'));
    const sizes = { hidden_size: hiddenSize, intermediate_size: 100, num_attention_heads: 4, num_hidden_layers: 2 };
    const config = BeitConfig.fromJSON({ model_type: 'beit', ...sizes, image_size: 32, patch_size: 16 });
    using made = await BeitModel.fromConfig(config, { seed: 5, threads: 1 });
    await made.savePretrained(folder);
    const names = ['config.json', 'model.safetensors'];
    const inMemory = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
    const pixelValues = new Tensor(
      'float32',
      Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i)),
      [1, 3, 32, 32],
    );
    for (const simd of ['auto', 'strict'] as const) {
      using model = await BeitModel.fromPretrained(folder, { threads: 1, simd });
      using other = await BeitModel.fromPretrained(inMemory, { threads: 1, simd });
      const [{ lastHiddenState }, expected] = [
        await model.forward({ pixelValues }),
        await other.forward({ pixelValues }),
      ];
      assert.equal(lastHiddenState.data, expected.lastHiddenState.data, simd);
    }
    rmSync(folder, { recursive: true });
  });
}

test('a head that the class has no place for is listed', async () => {
  using model = await BeitModel.fromPretrained(FOLDER);
  assert.equal([...model.loadReport.unexpected].sort(), ['classifier.bias', 'classifier.weight']);
});

test('another seed initializes what is missing otherwise, and leaves the rest', async () => {
  const config = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
  const source = {
    'model.safetensors': new Uint8Array(readFileSync(`${FOLDER}/model.safetensors`)),
    'config.json': new TextEncoder().encode(JSON.stringify({ ...config, num_hidden_layers: 5 })),
  };
  const rows = async (seed?: number) => {
    using model = await BeitModel.fromPretrained(source, { allowMissing: true, seed });
    assert.ok(model.loadReport.missing.every((name) => name.startsWith('encoder.layer.4.')));
    const saved: number[][] = [];
    await model.savePretrained(() => ({ write: async (chunk) => void saved.push([...chunk]), close: async () => {} }));
    return saved.flat().reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7);
  };
  assert.is(await rows(), await rows(0));
  assert.is.not(await rows(1), await rows(0));
});

test('a refused load lets go of its threads', async () => {
  // whatever is left of them keeps this from ending, for which the runner has a limit
  const config = new BeitConfig({ hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8 });
  const workers = () => process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length;
  const before = workers();
  await refused(() => BeitModel.fromPretrained(FOLDER, { config, threads: 2 }), 'CheckpointMismatch');
  while (workers() > before) await new Promise((later) => setTimeout(later, 20));
  assert.is(workers(), before);
});

test('layers and sizes beyond anything are refused, quickly', async () => {
  await refused(
    () => new BeitConfig({ numHiddenLayers: 1e15 }),
    'InvalidConfig',
    /num_hidden_layers must be an integer from 1 to 10000/,
  );
  const wide = new BeitConfig({ imageSize: 2 ** 40, useRelativePositionBias: true, numHiddenLayers: 1 });
  await refused(() => BeitModel.fromConfig(wide), 'OutOfMemory', /relative_position_bias_table" .*bytes needed/);
  const many = new BeitConfig({ vocabSize: 2 ** 50, numHiddenLayers: 1 });
  const { BeitForMaskedImageModeling } = await import('../../../src/pretrained/beitForMaskedImageModeling.ts');
  await refused(() => BeitForMaskedImageModeling.fromConfig(many), 'OutOfMemory', /"lm_head.bias"/);
});

test('a variant and a subfolder, as transformers names them', async () => {
  const read = (name: string) => new Uint8Array(readFileSync(`fixtures/models/cls/${name}`));
  const [config, weights] = ['config.json', 'model.safetensors'].map(read);
  const load = async (files: Record<string, Uint8Array>, options: LoadOptions) => {
    using model = await BeitForImageClassification.fromPretrained(files, { threads: 1, ...options });
    return model.config.numLabels;
  };
  assert.is(await load({ 'config.json': config, 'model.fp16.safetensors': weights }, { variant: 'fp16' }), 5);
  const files = { 'config.json': config, 'model.safetensors': weights };
  await refused(
    load(files, { variant: 'fp16' }),
    'FileNotFound',
    /"model\.fp16\.safetensors" or "model\.safetensors\.index\.fp16\.json"/,
  );
  const inner = { 'a/b/config.json': config, 'a/b/model.safetensors': weights };
  assert.is(await load(inner, { subfolder: 'a/b' }), 5);
  await refused(load(inner, {}), 'FileNotFound');
  for (const subfolder of ['..', '/etc', 'a/../..', 'a\\b'])
    await refused(load(inner, { subfolder }), 'InvalidArgument');
  const found = await openSource('fixtures', { subfolder: 'models/cls' });
  assert.is((await found.open('config.json'))!.size, config.length);
});

test.run();
