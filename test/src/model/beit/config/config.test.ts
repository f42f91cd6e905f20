import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../../../src/model/beit/config/config.ts';
import { refused } from '../../../refused.ts';

const test = suite('model/beit/config');

test('defaults are those of transformers', () => {
  const config = new BeitConfig();
  assert.is(config.vocabSize, 8192);
  assert.is(config.layerNormEps, 1e-12);
  assert.is(config.dropPathRate, 0.1);
  assert.is(config.numLabels, 2);
  assert.equal(config.nativeGrid, { height: 14, width: 14 });
});

test('reads the hub, keeps what it does not know, writes it back sorted', () => {
  const hub = {
    hidden_size: 32,
    num_attention_heads: 4,
    image_size: [32, 48],
    patch_size: 8,
    id2label: { 0: 'cat', 1: 'dog', 5: 'bird' },
    transformers_version: '4.10',
    architectures: ['BeitModel'],
  };
  const config = BeitConfig.fromJSON(hub);
  assert.is(config.numLabels, 3);
  assert.equal(config.nativeGrid, { height: 4, width: 6 });
  const json = config.toJSON();
  assert.is(json.transformers_version, '4.10');
  assert.is(json.hidden_size, 32);
  assert.equal(json.label2id, { cat: 0, dog: 1, bird: 5 });
  assert.equal(Object.keys(json), Object.keys(json).sort());
  assert.equal(BeitConfig.fromJSON(JSON.parse(JSON.stringify(json))).toJSON(), json);
});

test('older names of out_indices are read', () => {
  assert.equal(BeitConfig.fromJSON({ segmentation_indices: [3, 5, 7, 11] }).outIndices, [3, 5, 7, 11]);
});

test('num_labels makes up labels only where the count differs', () => {
  assert.equal(BeitConfig.fromJSON({ num_labels: 3 }).id2label, { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' });
  assert.equal(BeitConfig.fromJSON({ num_labels: 1, id2label: { 0: 'x' } }).id2label, { 0: 'x' });
  assert.is(new BeitConfig({ numLabels: 0 }).numLabels, 0);
});

test('wrong values are refused with the field, what it takes and what was found', async () => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ hidden_size: '768' }, /hidden_size must be a positive integer, got "768"/],
    [{ hidden_size: 770 }, /770 is not a multiple of num_attention_heads 12/],
    [{ hidden_act: 'gelo' }, /hidden_act must be one of gelu, .*, got "gelo"/],
    [{ patch_size: [16, 16] }, /patch_size/],
    [{ image_size: 8 }, /8×8 is below patch_size 16/],
    [{ layer_norm_eps: -1 }, /layer_norm_eps/],
    [{ layer_norm_eps: null, use_mask_token: 1 }, /use_mask_token must be true or false, got 1/],
    [{ problem_type: 'guess' }, /problem_type/],
    [{ id2label: { a: 'x' } }, /id2label has the key "a"/],
    [{ num_labels: -1 }, /num_labels must be an integer from 0 to 100000, got -1/],
    [{ add_fpn: { toString: 1, valueOf: 2 } }, /add_fpn must be true or false, got \{toString: 1, valueOf: 2\}$/],
    [{ add_fpn: [{ toString: 1 }] }, /got \[\{toString: 1\}\]$/],
    [{ id2label: { 0: { toString: 1 } } }, /id2label has the label \{toString: 1\}/],
    [{ hidden_act: '\u001b[31m' }, /got "\\u001b\[31m"/],
    [{ id2label: Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [i, ''])) }, /at most 100000 labels/],
    [{ num_labels: 1e9 }, /num_labels .* got 1000000000/],
    [{ drop_path_rate: 2 }, /drop_path_rate/],
  ];
  for (const [json, pattern] of cases) await refused(() => BeitConfig.fromJSON(json), 'InvalidConfig', pattern);
  for (const json of [null, 3, 'x', []])
    await refused(() => BeitConfig.fromJSON(json), 'InvalidConfig', /expected an object/);
});

test('labels that a program gives are read as those of a file', async () => {
  for (const id2label of ['abc', 5, { a: 'b' }]) {
    await refused(() => new BeitConfig({ id2label } as never), 'InvalidConfig', /id2label/);
  }
  assert.equal(new BeitConfig({ id2label: { 3: 'x' } }).id2label, { 3: 'x' });
});

test('every activation of transformers and selu is known', () => {
  for (const act of [
    'gelu',
    'gelu_new',
    'gelu_pytorch_tanh',
    'quick_gelu',
    'relu',
    'selu',
    'silu',
    'swish',
    'linear',
  ]) {
    assert.ok(new BeitConfig({ hiddenAct: act }).activation);
  }
  assert.is(new BeitConfig({ hiddenAct: 'swish' }).activation, 'silu');
  assert.is(new BeitConfig({ hiddenAct: 'linear' }).activation, 'store');
});

test('a field that does not exist is not passed over', async () => {
  const snake = { hidden_size: 32 } as never;
  await refused(() => new BeitConfig(snake), 'InvalidConfig', /no field "hidden_size"; BeitConfig\.fromJSON/);
  assert.is(new BeitConfig({ ...new BeitConfig({ numLabels: 3 }), hiddenSize: 24 }).numLabels, 3);
});

test('a config without a model_type is of the family of its class', async () => {
  const read = (architectures: unknown) => BeitConfig.fromJSON({ architectures }).modelType;
  assert.is(read(['ViTForImageClassification']), 'vit');
  assert.is(read(['BeitForMaskedImageModeling']), 'beit');
  assert.is(read(['Data2VecVisionModel']), 'data2vec-vision');
  for (const none of [undefined, null, [], 'x', [5]]) assert.is(read(none), 'beit');
  await refused(
    () => read(['SwinForImageClassification']),
    'InvalidConfig',
    /"SwinForImageClassification" is a class of none/,
  );
});

test.run();
