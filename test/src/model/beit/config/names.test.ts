import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { diskName } from '../../../../../src/loading/savePretrained.ts';
import { familyOf } from '../../../../../src/model/beit/config/family.ts';
import { canonicalNames, namingOf } from '../../../../../src/model/beit/config/names.ts';
import { bytesSource } from '../../../../../src/weights/bytes/byteSource.ts';
import { readSafetensors } from '../../../../../src/weights/safetensors/safetensors.ts';
import { refused } from '../../../refused.ts';

const test = suite('model/beit/names');
const of = (...names: string[]) => [...canonicalNames(names).values()];
const namesIn = async (path: string) => {
  const { tensors } = await readSafetensors(bytesSource(path, readFileSync(path)));
  return tensors.map((tensor) => tensor.name);
};
const weightsOf = (names: Iterable<string>) =>
  [...canonicalNames(names).values()].filter((name) => name !== null).sort();

test('files of transformers keep their names, less the prefix and what their family calls otherwise', async () => {
  for (const model of readdirSync('fixtures/models', { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const names = await namesIn(`fixtures/models/${model.name}/model.safetensors`);
    const { model_type } = JSON.parse(readFileSync(`fixtures/models/${model.name}/config.json`, 'utf8'));
    const { prefix } = familyOf(model_type);
    const prefixed = names.some((name) => name.startsWith(prefix));
    const saved = (name: string) => (model.name === 'vit_msn' ? name.replace(/^encoder/, 'vit.encoder') : name);
    for (const [name, canonical] of canonicalNames(names)) {
      if (name.endsWith('num_batches_tracked')) assert.is(canonical, null, name);
      // transformers 5.24 drops the prefix of ViTMSN's blocks; 4.57 writes it
      else assert.is(diskName(canonical!, familyOf(model_type), prefixed), saved(name), `${model.name}: ${name}`);
    }
  }
});

test('names that transformers 5 has in memory mean the same as those it writes', () => {
  const classes = Object.entries(JSON.parse(readFileSync('fixtures/formats/names.json', 'utf8')));
  assert.is(classes.length, 4);
  for (const [name, { memory, disk }] of classes as [string, { memory: string[]; disk: object }][]) {
    assert.is.not(memory.join(), Object.keys(disk).join(), name);
    assert.equal(weightsOf(memory), weightsOf(Object.keys(disk)), name);
  }
});

test('timm and candle files mean the same as those of transformers', async () => {
  const unfused = weightsOf(await namesIn('fixtures/models/cls/model.safetensors')).map((name) => {
    return name.replace(/(query|key|value)\.weight$/, 'qkv.weight');
  });
  const expected = [...new Set(unfused)].sort();
  assert.equal(weightsOf(await namesIn('fixtures/formats/timm.safetensors')), expected);
  const biases = expected.map((name) => name.replace(/(query|value)\.bias$/, 'qkv.bias'));
  assert.equal(weightsOf(await namesIn('fixtures/formats/candle.safetensors')), [...new Set(biases)].sort());
});

test('the last norm belongs to the body or to the head, as its surroundings say', () => {
  assert.equal(of('layernorm.weight', 'embeddings.cls_token'), ['layernorm.weight', 'embeddings.cls_token']);
  assert.equal(of('layernorm.weight', 'beit.layernorm.weight'), ['head.layernorm.weight', 'layernorm.weight']);
  assert.equal(of('norm.bias', 'cls_token', 'head.weight'), [
    'layernorm.bias',
    'embeddings.cls_token',
    'classifier.weight',
  ]);
  assert.equal(of('norm.bias', 'lm_head.bias'), ['head.layernorm.bias', 'lm_head.bias']);
  assert.equal(of('norm.bias', 'blocks.0.ls1.gamma'), ['pooler.layernorm.bias', 'encoder.layer.0.lambda_1']);
  assert.equal(of('norm.bias', 'fc_norm.bias'), ['layernorm.bias', 'pooler.layernorm.bias']);
  assert.equal(of('data2vec_vision.layernorm.bias'), ['layernorm.bias']);
});

test('what trainers put before the names is taken away', () => {
  const token = 'embeddings.cls_token';
  for (const prefix of [
    'module.',
    'module.module.',
    '_orig_mod.',
    'model.',
    'module.beit.',
    'data2vec_vision.',
    'backbone.',
  ]) {
    assert.equal(of(`${prefix}embeddings.cls_token`), [token], prefix);
  }
  assert.equal(of('module.backbone.cls_token'), [token]);
  assert.equal(of('module.layernorm.bias', 'module.beit.layernorm.bias'), ['head.layernorm.bias', 'layernorm.bias']);
});

test('a segmentation checkpoint of mmsegmentation', () => {
  const names = ['backbone.fpn1.0.weight', 'backbone.blocks.3.gamma_2', 'decode_head.conv_seg.bias'];
  names.push(
    'decode_head.psp_modules.1.1.bn.running_mean',
    'auxiliary_head.conv_seg.weight',
    'auxiliary_head.convs.0.conv.weight',
  );
  assert.equal(of(...names), [
    'fpn1.0.weight',
    'encoder.layer.3.lambda_2',
    'decode_head.classifier.bias',
    'decode_head.psp_modules.1.1.bn.running_mean',
    'auxiliary_head.classifier.weight',
    'auxiliary_head.convs.0.conv.weight',
  ]);
});

test('what carries no weights is null, and what nobody knows stays', () => {
  const ignored = [
    'blocks.0.attn.relative_position_index',
    'rel_pos_bias.relative_position_index',
    'fpn1.1.num_batches_tracked',
  ];
  ignored.push(
    'embeddings.position_ids',
    'cls_pt_layers.0.attn.qkv.weight',
    'optimizer.state.0',
    'blocks.0.attn.k_bias',
  );
  assert.equal(
    of(...ignored),
    ignored.map(() => null),
  );
  assert.equal(of('blocks.0.attn.something', 'foo.bar'), ['blocks.0.attn.something', 'foo.bar']);
});

test('two tensors that stand for one are refused', async () => {
  await refused(() => of('cls_token', 'embeddings.cls_token'), 'InvalidCheckpoint', /"cls_token".*"embeddings/);
});

test('says whose names they are', async () => {
  assert.is(namingOf(await namesIn('fixtures/models/cls/model.safetensors')), 'transformers');
  assert.is(namingOf(['module.blocks.0.gamma_1']), 'unilm');
  assert.is(namingOf(await namesIn('fixtures/formats/timm.safetensors')), 'unilm');
  assert.is(namingOf(await namesIn('fixtures/formats/candle.safetensors')), 'candle');
  assert.is(namingOf(['beit.layers.0.lambda_1']), 'transformers5');
});

const lists = ['4.57', '5.18'].map((version) => `../shared/reference/state_dict_${version}.txt`);
if (lists.every(existsSync)) {
  test('the lists of every class in 4.57 and 5.18 mean the same', () => {
    const sections = (path: string) => {
      const parts = readFileSync(path, 'utf8').split(/^## /m).slice(1);
      return new Map(
        parts.map((part) => {
          const [title, ...lines] = part.trim().split('\n');
          return [title, lines.map((line) => line.trim().split(' ')[0]).filter((name) => name.includes('.'))] as const;
        }),
      );
    };
    const [old, new5] = lists.map(sections);
    assert.is(old.size, 10);
    for (const [title, names] of old) assert.equal(weightsOf(new5.get(title)!), weightsOf(names), title);
  });
} else {
  console.log('skip: ../shared/reference is not here');
  test.skip('the lists of every class in 4.57 and 5.18 mean the same', () => undefined);
}

test.run();
