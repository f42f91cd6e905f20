import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitBackbone } from '../../../src/pretrained/beitBackbone.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForSemanticSegmentation } from '../../../src/pretrained/beitForSemanticSegmentation.ts';
import { DPTForDepthEstimation } from '../../../src/pretrained/dptForDepthEstimation.ts';
import { Tensor } from '../../../src/tensor.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';
import { type Typed, typedFile } from '../weights/altered/typedFile.ts';

const test = suite('loading/modelConfig');
const read = (path: string) => new Uint8Array(readFileSync(path));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const pixels = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, 32, 32]);

/** The tensors of a fixture under other names. */
async function renamed(path: string, rename: (name: string) => string): Promise<Uint8Array> {
  const checkpoint = await openCheckpoint(filesOf({ 'model.safetensors': read(path) }));
  const tensors: Record<string, Typed> = {};
  await checkpoint.visit((name, { shape }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    tensors[rename(name)] = ['F32', shape, data];
    return { grain: 1, put: (chunk: Float32Array, offset: number) => data.set(chunk, offset) };
  });
  return typedFile(tensors);
}

type Source = Readonly<Record<string, Uint8Array>>;
async function classify(source: Source, options: LoadOptions = {}) {
  using model = await BeitForImageClassification.fromPretrained(source, { threads: 1, ...options });
  const { logits } = await model.forward({ pixelValues });
  return { logits: logits.data, config: model.config };
}

const TIMM = read('fixtures/formats/timm.safetensors');
const plain = await classify({ 'model.safetensors': TIMM });
const LABELS = Array.from({ length: plain.config.numLabels }, (_, i) => `class ${i}`);
const timm = {
  architecture: 'beit_base_patch16_224',
  num_classes: LABELS.length,
  label_names: LABELS,
  pretrained_cfg: { input_size: [3, 32, 32] },
};

test("timm's config: sizes from the weights, labels from the file", async () => {
  const { logits, config } = await classify({ 'config.json': bytes(timm), 'model.safetensors': TIMM });
  assert.equal(logits, plain.logits);
  assert.equal(Object.values(config.id2label), LABELS);
});

test("the same under the names of transformers' wrapper of timm", async () => {
  const id2label = Object.fromEntries(LABELS.map((label, i) => [i, label]));
  const wrapper = { ...timm, label_names: undefined, id2label, model_type: 'timm_wrapper' };
  const weights = await renamed('fixtures/formats/timm.safetensors', (name) => `timm_model.${name}`);
  const { logits, config } = await classify({ 'config.json': bytes(wrapper), 'model.safetensors': weights });
  assert.equal(logits, plain.logits);
  assert.equal(Object.values(config.id2label), LABELS);
});

test('another model of timm is named', async () => {
  for (const architecture of [
    'resnet50',
    'swin_base_patch4_window7_224',
    'eva02_base_patch14_224',
    'vit_base_patch16_rope_ape_224',
    'vit_small_patch16_18x2_224',
  ]) {
    const source = { 'config.json': bytes({ ...timm, architecture }), 'model.safetensors': TIMM };
    await refused(classify(source), 'InvalidConfig', new RegExp(`timm's, of "${architecture}`));
  }
});

test('a prefix of all names is taken off and told', async () => {
  const folder = 'fixtures/models/cls';
  const config = read(`${folder}/config.json`);
  const expected = (await classify({ 'config.json': config, 'model.safetensors': read(`${folder}/model.safetensors`) }))
    .logits;
  for (const prefix of ['net.', 'module.student.', 'a.b.']) {
    const weights = await renamed(`${folder}/model.safetensors`, (name) => prefix + name);
    const warnings: string[] = [];
    const onWarning = (warning: string) => void warnings.push(warning);
    const { logits } = await classify({ 'config.json': config, 'model.safetensors': weights }, { onWarning });
    assert.equal(logits, expected);
    assert.equal(warnings, [`The prefix "${prefix}" was taken off the names of "model.safetensors"`]);
  }
});

test("another model's backbone opens with its own config", async () => {
  const folder = 'fixtures/models/backbone';
  const own = json(`${folder}/config.json`);
  const maps = async (source: string | Source, options: LoadOptions = {}) => {
    using model = await BeitBackbone.fromPretrained(source, { threads: 1, ...options });
    const { height, width } = model.config.nativeSize;
    const some = new Tensor('float32', pixels.subarray(0, 3 * height * width), [1, 3, height, width]);
    return (await model.forward({ pixelValues: some })).featureMaps.map(({ data }) => data);
  };
  const expected = await maps(folder);
  for (const [model_type, neck] of [
    ['dpt', 'neck.convs.0.weight'],
    ['upernet', 'decode_head.classifier.weight'],
  ]) {
    const outer = { model_type, architectures: ['Some'], hidden_size: 8, num_hidden_layers: 1, backbone_config: own };
    const weights = await renamed(`${folder}/model.safetensors`, (name) => `backbone.${name}`);
    const source = { 'config.json': bytes(outer), 'model.safetensors': weights };
    assert.equal(await maps(source), expected, neck);
    await refused(
      classify(source),
      'InvalidConfig',
      new RegExp(`model_type "${model_type}"; its backbone opens as BeitBackbone`),
    );
    const swin = { ...outer, backbone_config: { model_type: 'swin' } };
    await refused(maps({ ...source, 'config.json': bytes(swin) }), 'InvalidConfig', /a backbone of "swin"/);
  }
});

test('a config that does not suit the class that was asked for tells the class that it is of', async () => {
  for (const [Class, folder, saved] of [
    [BeitForSemanticSegmentation, 'cls', 'BeitForImageClassification'],
    [BeitForSemanticSegmentation, 'vit_cls', 'ViTForImageClassification'],
    [DPTForDepthEstimation, 'cls', 'BeitForImageClassification'],
  ] as const)
    await refused(
      Class.fromPretrained(`fixtures/models/${folder}`, { threads: 1 }),
      'InvalidConfig',
      new RegExp(`; the model is a ${saved}$`),
    );
  const whole = BeitForImageClassification.fromPretrained('fixtures/models/dpt_beit', { threads: 1 });
  await refused(whole, 'InvalidConfig', /as BeitBackbone, the whole as DPTForDepth/);
});

test('a model that another quantizer saved is saved without saying so', async () => {
  const config = {
    ...json('fixtures/models/cls/config.json'),
    quantization_config: { quant_method: 'bitsandbytes' },
    note: 1,
  };
  const saved = BeitConfig.fromJSON(config).toJSON();
  assert.equal([saved.quantization_config, saved.note], [undefined, 1]);
});

test('a config of another family is named', async () => {
  const weights = read('fixtures/models/cls/model.safetensors');
  for (const model_type of [
    'swin',
    'convnext',
    'clip',
    'dpt',
    5,
    ['beit'],
    'toString',
    { toString: 1, valueOf: 1 },
    [{ toString: 1 }],
  ]) {
    const source = { 'config.json': bytes({ model_type }), 'model.safetensors': weights };
    await refused(classify(source), 'InvalidConfig', /model_type/);
  }
});

test('near relatives of another block are named, with the reason', async () => {
  const weights = read('fixtures/models/cls/model.safetensors');
  const relatives = [
    ['layoutlmv3', /layoutlmv3", a model of text and layout with norms behind the branches/],
    ['clip_text_model', /clip_text_model", a model of text and pictures/],
    ['clip', /clip", a model of text and pictures/],
    ['clip_vision_model', /a vision encoder with tokens and pooling of its own/],
    ['dinov3_vit', /dinov3_vit", an encoder with rotary positions/],
    ['eva02', /eva02", an encoder with rotary positions/],
    ['swin', /swin", an encoder of stages with windows/],
    ['swinv2', /swinv2", an encoder of stages with windows/],
    ['gpt2', /model_type "gpt2"; expected one made of BEiT's block: beit, /],
  ] as const;
  for (const [model_type, message] of relatives) {
    const source = { 'config.json': bytes({ model_type, hidden_size: 8 }), 'model.safetensors': weights };
    await refused(classify(source), 'InvalidConfig', message);
  }
});

test.run();
