import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import type { ModelSource } from '../../../src/loading/source.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';
import { typedFile } from '../weights/altered/typedFile.ts';

const test = suite('loading/adapter');
const BASE = 'fixtures/models/cls';
const read = (path: string) => new Uint8Array(readFileSync(path));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const base = { 'config.json': read(`${BASE}/config.json`), 'model.safetensors': read(`${BASE}/model.safetensors`) };

async function logitsOf(source: ModelSource, options: LoadOptions = {}): Promise<Float32Array> {
  using model = await BeitForImageClassification.fromPretrained(source, { threads: 1, ...options });
  const { height, width } = model.config.nativeSize;
  const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
  return (await model.forward({ pixelValues: new Tensor('float32', pixels, [1, 3, height, width]) })).logits.data;
}

const worst = (a: Float32Array, b: readonly number[]) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
const without = await logitsOf(BASE);

for (const name of ['lora', 'lora_transformers4', 'rslora_patterns', 'convolution_bias', 'dora', 'bias_of_b']) {
  const folder = `fixtures/adapters/${name}`;
  const { logits } = json(`${folder}/expected.json`) as { logits: number[] };
  const adapter = {
    'adapter_config.json': read(`${folder}/adapter_config.json`),
    'adapter_model.safetensors': read(`${folder}/adapter_model.safetensors`),
  };
  test(`${name}: the logits of PEFT's merged model`, async () => {
    assert.ok(worst(without, logits) > 0.05, 'the adapter changes something');
    assert.ok(worst(await logitsOf({ ...base, ...adapter }), logits) < 1e-5, 'beside its base');
    assert.ok(worst(await logitsOf(folder), logits) < 1e-5, 'the base where its config says');
    assert.ok(worst(await logitsOf({ ...base, ...adapter }, { dtype: 'q8' }), logits) < 0.3, 'quantized after merging');
  });
}

for (const family of ['vit', 'deit', 'dinov2', 'data2vec'])
  for (const release of ['transformers4', 'transformers5']) {
    const folder = `fixtures/adapters/${family}_${release}`;
    test(`${family} under the names of ${release}: the logits of PEFT's merged model`, async () => {
      const { base_model_name_or_path: own } = json(`${folder}/adapter_config.json`);
      const { logits } = json(`${folder}/expected.json`) as { logits: number[] };
      assert.ok(worst(await logitsOf(own), logits) > 0.05, 'the adapter changes something');
      assert.ok(worst(await logitsOf(folder), logits) < 1e-5);
    });
  }

const folder = 'fixtures/adapters/lora';
const config = json(`${folder}/adapter_config.json`);
const weights = read(`${folder}/adapter_model.safetensors`);
const load = (changes: object, tensors: Uint8Array = weights) =>
  logitsOf({ ...base, 'adapter_config.json': bytes({ ...config, ...changes }), 'adapter_model.safetensors': tensors });

test('other kinds of adapters are named', async () => {
  for (const [changes, message] of [
    [{ peft_type: 'IA3' }, /peft_type is "IA3"/],
    [{ use_qalora: true }, /use_qalora is not computed/],
    [{ fan_in_fan_out: true }, /fan_in_fan_out/],
    [{ init_lora_weights: 'pissa_niter_4' }, /"pissa_niter_4" also changed the base/],
  ] as const) {
    await refused(load(changes), 'UnsupportedFormat', message);
  }
  await refused(load({ lora_alpha: 'x' }), 'InvalidConfig', /lora_alpha to be a number, got "x"/);
  await refused(load({ alpha_pattern: { '(a+)+': 2 } }), 'InvalidConfig', /a simple pattern/);
  await refused(load({ alpha_pattern: { '(': 2 } }), 'InvalidConfig', /is not a pattern/);
});

test('an adapter that does not fit', async () => {
  const f32 = (...shape: number[]) => ['F32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1))] as const;
  const query = 'base_model.model.beit.layers.0.attention.q_proj';
  const cases = [
    [{ [`${query}.lora_A.weight`]: f32(2, 24) }, /do not fit together/],
    [{ [`${query}.lora_A.weight`]: f32(2, 24), [`${query}.lora_B.weight`]: f32(24, 3) }, /do not fit together/],
    [
      { [`${query}.lora_A.weight`]: f32(2, 20), [`${query}.lora_B.weight`]: f32(24, 2) },
      /is \[24,24\], its change \[24, 20\]/,
    ],
    [
      { [`${query}x.lora_A.weight`]: f32(2, 24), [`${query}x.lora_B.weight`]: f32(24, 2) },
      /the base has no tensor for/,
    ],
  ] as const;
  for (const [tensors, message] of cases)
    await refused(load({}, await typedFile(tensors)), 'CheckpointMismatch', message);
  const pair = { [`${query}.lora_A.weight`]: f32(2, 24), [`${query}.lora_B.weight`]: f32(24, 2) };
  const dora = { ...pair, [`${query}.lora_magnitude_vector`]: f32(23) };
  await refused(load({}, await typedFile(dora)), 'CheckpointMismatch', /has 576 elements, its rows 23 lengths/);
});

test('an adapter without its base', async () => {
  const alone = {
    'adapter_config.json': bytes({ ...config, base_model_name_or_path: 5 }),
    'adapter_model.safetensors': weights,
  };
  await refused(logitsOf(alone), 'InvalidConfig', /base_model_name_or_path .* got 5/);
  const taken = { 'config.json': base['config.json'], 'model.safetensors': weights };
  await refused(
    logitsOf(taken),
    'CheckpointMismatch',
    /the file is a PEFT adapter: put it and its adapter_config.json beside/,
  );
  const query = 'base_model.model.beit.layers.0.attention.q_proj';
  const one = ['F32', [1], new Float32Array(1)] as const;
  const whole = await typedFile({ [`${query}.base_layer.weight`]: one, [`${query}.lora_A.default.weight`]: one });
  await refused(
    logitsOf({ ...taken, 'model.safetensors': whole }),
    'CheckpointMismatch',
    /not merged: save merge_and_unload/,
  );
});

test.run();
