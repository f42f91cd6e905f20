import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AutoModel, AutoModelForImageClassification } from '../../../src/pretrained/auto.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { distance } from '../../family/familyModel.ts';
import { readTensors } from '../../family/readTensors.ts';
import { refused } from '../refused.ts';

const test = suite('loading/toldByWeights');
const ROOT = 'fixtures/timm';
const FOLDERS = readdirSync(ROOT);
const OPTIONS = { threads: 1 } as const;
const ioOf = async (name: string) => (await readTensors(`${ROOT}/${name}/io.safetensors`)) as Map<string, Tensor>;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

async function logitsOf(source: string | Record<string, Uint8Array>, pixelValues: Tensor, options = {}) {
  using model = await AutoModelForImageClassification.fromPretrained(source, { ...OPTIONS, ...options });
  const { logits } = await model.forward({ pixelValues, interpolatePosEncoding: true });
  return { logits: logits.data, config: model.config };
}

for (const name of FOLDERS) {
  test(`${name}: features and logits are timm's`, async () => {
    const io = await ioOf(name);
    const pixelValues = io.get('in.pixel_values')!;
    const { logits } = await logitsOf(`${ROOT}/${name}`, pixelValues);
    assert.ok(distance(logits, io.get('out.logits')!.data as Float32Array) < 2e-5);
    using model = await AutoModel.fromPretrained(`${ROOT}/${name}`, { ...OPTIONS, addPoolingLayer: false });
    const { lastHiddenState } = await model.forward({ pixelValues });
    assert.equal(lastHiddenState.dims, io.get('out.features')!.dims);
    assert.ok(distance(lastHiddenState.data as Float32Array, io.get('out.features')!.data as Float32Array) < 2e-5);
  });

  test(`${name}: what is saved gives the same bits`, async () => {
    const pixelValues = (await ioOf(name)).get('in.pixel_values')!;
    const folder = mkdtempSync(join(tmpdir(), 'timm-'));
    try {
      using model = await AutoModelForImageClassification.fromPretrained(`${ROOT}/${name}`, OPTIONS);
      await model.savePretrained(folder);
      const { logits } = await model.forward({ pixelValues });
      assert.equal((await logitsOf(folder, pixelValues)).logits, logits.data);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('another size is resized as timm does, where no class of transformers has the model', async () => {
  let [own, compared] = [0, 0];
  for (const name of FOLDERS) {
    const io = await ioOf(name);
    const { logits, config } = await logitsOf(`${ROOT}/${name}`, io.get('in.other')!);
    if (config.modelType !== 'timm_vit') own++;
    else assert.ok(distance(logits, io.get('out.other')!.data as Float32Array) < 2e-5, name);
    if (config.modelType === 'timm_vit') compared++;
  }
  assert.equal([own, compared], [3, 9]);
});

test('without the config, names and shapes tell the same but for heads, activation and pooling', async () => {
  for (const name of FOLDERS) {
    const { config } = await logitsOf(`${ROOT}/${name}`, (await ioOf(name)).get('in.pixel_values')!);
    const weights = readFileSync(`${ROOT}/${name}/model.safetensors`);
    await refused(
      AutoModel.fromPretrained(weights, OPTIONS),
      'InvalidConfig',
      /give `config` with num_attention_heads$/,
    );
    const json = { ...config.toJSON(), architectures: undefined };
    const options = { ...OPTIONS, addPoolingLayer: false };
    using model = await AutoModel.fromPretrained({ 'config.json': bytes(json), 'model.safetensors': weights }, options);
    assert.is(model.config.modelType, config.modelType);
  }
});

test('f16, q8 and q4 are near', async () => {
  for (const name of FOLDERS) {
    const io = await ioOf(name);
    const expected = io.get('out.logits')!.data as Float32Array;
    for (const [dtype, bound] of [
      ['f16', 0.01],
      ['q8', 0.15],
      ['q4', 1.2],
    ] as const) {
      const { logits } = await logitsOf(`${ROOT}/${name}`, io.get('in.pixel_values')!, { dtype });
      assert.ok(distance(logits, expected) < bound, `${name} ${dtype}: ${distance(logits, expected)}`);
    }
  }
});

const CONFIG = JSON.parse(readFileSync(`${ROOT}/deit3/config.json`, 'utf8'));
const WEIGHTS = readFileSync(`${ROOT}/deit3/model.safetensors`);
const open = (change: object) =>
  AutoModel.fromPretrained({ 'config.json': bytes({ ...CONFIG, ...change }), 'model.safetensors': WEIGHTS }, OPTIONS);

test('what is another block is named', async () => {
  for (const [architecture, reason] of [
    ['vit_base_patch16_rope_ape_224', 'rotary positions'],
    ['eva02_base_patch14_224', 'rotary positions'],
    ['vit_large_patch16_dinov3', 'rotary positions'],
    ['vit_giant_patch14_reg4_dinov2', 'a gated MLP'],
    ['vit_base_patch16_rpn_224', 'norms behind the branches'],
    ['eva02_enormous_patch14_clip_224', 'norms behind the branches'],
    ['vit_base_patch16_siglip_224', 'a pooling layer with attention'],
    ['vit_srelpos_small_patch16_224', 'relative positions of another kind'],
    ['vit_base_r50_s16_224', 'convolutions before its patches'],
    ['vit_base_patch16_xp_224', 'parallel branches'],
    ['vit_dwee_patch16_reg1_gap_256', 'differential attention'],
    ['swin_base_patch4_window7_224', 'stages or windows'],
  ] as const)
    await refused(open({ architecture }), 'InvalidConfig', new RegExp(`"${architecture}", a model with ${reason};`));
  await refused(open({ architecture: 'resnet50' }), 'InvalidConfig', /of "resnet50"; expected a BEiT/);
});

test('arguments and poolings that change what is computed are named', async () => {
  const model_args = { ...CONFIG.model_args, act_layer: 'relu' };
  await refused(open({ model_args }), 'InvalidConfig', /the argument "act_layer"/);
  await refused(open({ global_pool: 'max' }), 'InvalidConfig', /global_pool "max"; expected "avg" or "token"/);
});

test('without labels the features are the answer', async () => {
  const source = { 'config.json': bytes({ ...CONFIG, num_classes: 0 }), 'model.safetensors': WEIGHTS };
  const io = await ioOf('deit3');
  const features = io.get('out.features')!;
  const { logits } = await logitsOf(source, io.get('in.pixel_values')!);
  assert.ok(distance((logits as Float32Array).subarray(0, 12), (features.data as Float32Array).subarray(0, 12)) < 2e-5);
});

test.run();
