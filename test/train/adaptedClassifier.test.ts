import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../src/tensor.ts';
import { AdaptedClassifier } from '../../src/train/adaptedClassifier.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { AdapterNaming } from '../../src/train/peftNames.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { refused } from '../src/refused.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/adaptedClassifier');
const BASE = 'fixtures/models/cls';
const NAMES = ['lora', 'lora_transformers4', 'rslora_patterns', 'convolution_bias'];
const SOURCE = 'fixtures/beit-digits-pt';

const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

test("four adapters of PEFT are switched from call to call, and each has the logits of PEFT's merged model", async () => {
  const folders = Object.fromEntries(NAMES.map((name) => [name, `fixtures/adapters/${name}`]));
  const model = await AdaptedClassifier.open(BASE, folders, { threads: 1 });
  assert.equal(model.adapters, NAMES);
  // a picture whose pixels are those of the fixture cannot be made of bytes: the merged models see the same picture instead
  const image = { data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256), width: 32, height: 32 };
  const alone = await model.logits(image);
  const merged = new Map<string | null, Float32Array>([[null, await mergedLogits(BASE, image)]]);
  for (const name of NAMES) merged.set(name, await mergedLogits(folders[name], image));
  assert.ok(worst(alone, merged.get(null)!) < 1e-5);
  // in an order in which each adapter follows another one, all asked for at once
  const order = [...NAMES, null, ...[...NAMES].reverse(), 'lora', null];
  const all = await Promise.all(order.map((name) => model.logits(image, name)));
  for (const [i, name] of order.entries()) {
    const distance = worst(all[i], merged.get(name)!);
    assert.ok(distance < 2e-5, `${name}: ${distance}`);
    if (name) assert.ok(worst(all[i], alone) > 0.05, `${name} changes something`);
  }
  assert.equal(await model.logits(image), alone, 'the base has the bits that it had');
  const [best] = await model.classify(image, 'lora');
  assert.ok(best.score > 0 && best.label.length > 0);
  assert.match(
    (await refused(model.logits(image, 'x'))).message,
    /Invalid adapter: expected one of "lora", .* got "x"/,
  );
  model.dispose();
  assert.is((await refused(model.logits(image))).code, 'Disposed');
});

for (const [family, base] of [
  ['vit', 'vit_cls'],
  ['deit', 'deit_cls'],
  ['dinov2', 'dinov2_registers_cls'],
  ['data2vec', 'data2vec_cls'],
]) {
  test(`${family}: adapters under the names of both transformers beside one base`, async () => {
    const source = `fixtures/models/${base}`;
    const names = ['transformers4', 'transformers5'];
    const folders = Object.fromEntries(names.map((name) => [name, `fixtures/adapters/${family}_${name}`]));
    using model = await AdaptedClassifier.open(source, folders, { threads: 1 });
    const image = { data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256), width: 32, height: 32 };
    const alone = await model.logits(image);
    assert.ok(worst(alone, await mergedLogits(source, image)) < 1e-5);
    for (const name of names) {
      const logits = await model.logits(image, name);
      assert.ok(worst(logits, await mergedLogits(folders[name], image)) < 2e-5, name);
      assert.ok(worst(logits, alone) > 0.05, `${name} changes something`);
    }
  });
}

/** Of the model with the adapter merged while it is loaded, over pixels as the class prepares them without a config. */
async function mergedLogits(source: string, image: { data: Uint8Array; width: number; height: number }) {
  using model = await BeitForImageClassification.fromPretrained(source, { threads: 1 });
  const { height, width } = model.config.nativeSize;
  const { BeitImageProcessor } = await import('../../src/loading/imageProcessors.ts');
  const { pixelValues } = await new BeitImageProcessor({ size: { height, width } }).preprocess(image);
  return (await model.forward({ pixelValues: new Tensor('float32', pixelValues.data, pixelValues.dims) })).logits.data;
}

test('our adapters of both namings, of other classes than the base, beside each other and merged', async () => {
  const scans = await digitExamples(0, 140);
  const folders = new Map<string, Record<string, Uint8Array>>();
  const expected = new Map<string, Float32Array>();
  for (const [classes, naming] of [
    [['0', '1', '7'], 'transformers4'],
    [['3', '8'], 'transformers5'],
  ] as const) {
    const few = scans.filter(({ label }) => (classes as readonly string[]).includes(label as string)).slice(0, 16);
    const lora = { rank: classes.length, alpha: 5, targets: ['query', 'value', 'output.dense'] as const };
    const tuned = await fineTune(SOURCE, few, {
      train: 'lora',
      lora,
      epochs: 1,
      learningRate: 0.02,
      seed: 1,
      threads: 1,
    });
    const { files, create } = memoryFolder();
    await tuned.saveAdapter(create, naming satisfies AdapterNaming);
    folders.set(naming, files);
    expected.set(naming, await tuned.logits(scans[0].image));
    tuned.dispose();
  }
  const labels = { transformers5: ['three', 'eight'] };
  const model = await AdaptedClassifier.open(SOURCE, Object.fromEntries(folders), { labels, threads: 1 });
  for (const [name, logits] of expected) {
    const found = await model.logits(scans[0].image, name);
    assert.is(found.length, logits.length);
    assert.ok(worst(found, logits) < 1e-5, `${name}: ${worst(found, logits)}`);
  }
  const guesses = await model.classify(scans[0].image, 'transformers5');
  assert.equal(guesses.map(({ label }) => label).sort(), ['eight', 'three']);
  assert.ok(Math.abs(guesses.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-9);
  model.dispose();
});

test('folders that are not adapters, and adapters of another model', async () => {
  const none = await refused(AdaptedClassifier.open(BASE, { a: BASE }, { threads: 1 }));
  assert.is(none.code, 'FileNotFound');
  const other = await refused(
    AdaptedClassifier.open('fixtures/beit-digits', { a: 'fixtures/adapters/lora' }, { threads: 1 }),
  );
  assert.is(other.code, 'CheckpointMismatch');
  const config = JSON.parse(readFileSync('fixtures/adapters/lora/adapter_config.json', 'utf8'));
  const bytes = new TextEncoder().encode(JSON.stringify({ ...config, peft_type: 'IA3' }));
  const weights = new Uint8Array(readFileSync('fixtures/adapters/lora/adapter_model.safetensors'));
  const files = { 'adapter_config.json': bytes, 'adapter_model.safetensors': weights };
  const kind = await refused(AdaptedClassifier.open(BASE, { a: files }, { threads: 1 }));
  assert.is(kind.code, 'UnsupportedFormat');
});

test.run();
