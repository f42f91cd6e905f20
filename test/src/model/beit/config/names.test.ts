import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { diskName } from '../../../../../src/loading/savePretrained.ts';
import { familyOf } from '../../../../../src/model/beit/config/family.ts';
import { canonicalNames, commonPrefix, namingOf } from '../../../../../src/model/beit/config/names.ts';
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
    const json = JSON.parse(readFileSync(`fixtures/models/${model.name}/config.json`, 'utf8'));
    const around = json.backbone_config ?? null;
    const own = familyOf((around ?? json).model_type);
    const family = { ...own, prefix: around ? 'backbone.' : own.prefix };
    const { prefix } = family;
    const prefixed = names.some((name) => name.startsWith(prefix));
    const saved = (name: string) => (model.name === 'vit_msn' ? name.replace(/^encoder/, 'vit.encoder') : name);
    for (const [name, canonical] of canonicalNames(names)) {
      if (name.endsWith('num_batches_tracked')) assert.is(canonical, null, name);
      // transformers 5.24 drops the prefix of ViTMSN's blocks; 4.57 writes it
      else assert.is(diskName(canonical!, family, prefixed), saved(name), `${model.name}: ${name}`);
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
  const [scale, table] = ['blocks.0.ls1.gamma', 'blocks.0.attn.relative_position_bias_table'];
  assert.equal(of('norm.bias', scale, table).slice(0, 2), ['pooler.layernorm.bias', 'encoder.layer.0.lambda_1']);
  assert.equal(of('norm.bias', scale), ['layernorm.bias', 'encoder.layer.0.lambda_1']);
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

test('any prefix of all names is taken away', async () => {
  const anchors = ['embeddings.patch_embeddings.projection.weight', 'patch_embed.proj.weight'];
  for (const prefix of ['net.', 'module.net.', 'a.b.c.', 'timm_model.', 'model.visual.encoder.', '0.']) {
    for (const body of ['', 'beit.', 'backbone.', 'data2vec_vision.']) {
      for (const anchor of anchors) {
        const names = of(`${prefix}${body}${anchor}`, `${prefix}classifier.weight`, 'epoch_metric');
        assert.equal(names, [anchors[0], 'classifier.weight', 'epoch_metric'], prefix + body);
      }
    }
  }
  const anchor = (prefix: string) => `${prefix}patch_embed.proj.weight`;
  assert.is(commonPrefix([anchor('net.backbone.'), 'net.head.weight']), 'net.');
  assert.is(commonPrefix(['net.a', 'net.b']), '', 'names that are of no BEiT keep theirs');
  for (const mean of ['ema.', 'model_ema.module.', 'ema_model.', 'teacher.backbone.', 'averaged_model.']) {
    const both = [anchor('student.backbone.'), 'student.head.weight', anchor(mean)];
    assert.is(commonPrefix(both), 'student.', mean);
    assert.is(commonPrefix(both, true), mean, 'a body alone');
    const [token, bias] = ['embeddings.cls_token', 'classifier.bias'];
    const names = [...both, 'student.backbone.cls_token', `${mean}cls_token`, 'student.head.bias', `${mean}head.bias`];
    const canonical = (useEma: boolean) => [...canonicalNames(names, useEma).values()].slice(3);
    assert.equal(canonical(false), [token, null, bias, null], mean);
    assert.equal(canonical(true), [null, token, null, bias], mean);
  }
  await refused(
    () => commonPrefix([anchor('a.'), anchor('b.')]),
    'InvalidCheckpoint',
    /several begin with "a\.", "b\."/,
  );
});

test('a prefix that is the name of a body is taken off the head too', () => {
  for (const prefix of ['vit.', 'backbone.', 'encoder.backbone.', 'timm_model.']) {
    const names = ['patch_embed.proj.weight', 'norm.weight', 'lm_head.weight'].map((name) => prefix + name);
    assert.equal(of(...names).slice(1), ['head.layernorm.weight', 'lm_head.weight'], prefix);
    const hub = ['beit.embeddings.patch_embeddings.projection.weight', 'beit.layernorm.bias', 'layernorm.bias'];
    assert.equal(of(...hub.map((name) => prefix + name)).slice(1), ['layernorm.bias', 'head.layernorm.bias'], prefix);
  }
});

test('what wraps parts of a model is taken out of the midst of names', () => {
  for (const part of ['_orig_mod.', '_checkpoint_wrapped_module.', '_fsdp_wrapped_module.', '_orig_mod._orig_mod.']) {
    assert.equal(of(`blocks.3.${part}mlp.fc1.bias`), ['encoder.layer.3.intermediate.dense.bias'], part);
    assert.equal(of(`${part}module.cls_token`), ['embeddings.cls_token'], part);
  }
});

test('names of mmpretrain', () => {
  const [layer, attention] = ['encoder.layer.1', 'encoder.layer.1.attention.attention'];
  const pairs = [
    ['backbone.cls_token', 'embeddings.cls_token'],
    ['backbone.patch_embed.projection.weight', 'embeddings.patch_embeddings.projection.weight'],
    ['backbone.layers.1.ln1.weight', `${layer}.layernorm_before.weight`],
    ['backbone.layers.1.ln2.bias', `${layer}.layernorm_after.bias`],
    ['backbone.layers.1.attn.qkv.weight', `${attention}.qkv.weight`],
    ['backbone.layers.1.attn.q_bias', `${attention}.query.bias`],
    ['backbone.layers.1.attn.v_bias', `${attention}.value.bias`],
    [
      'backbone.layers.1.attn.relative_position_bias_table',
      `${attention}.relative_position_bias.relative_position_bias_table`,
    ],
    ['backbone.layers.1.attn.proj.weight', `${layer}.attention.output.dense.weight`],
    ['backbone.layers.1.gamma_2', `${layer}.lambda_2`],
    ['backbone.layers.1.ffn.layers.0.0.weight', `${layer}.intermediate.dense.weight`],
    ['backbone.layers.1.ffn.layers.1.bias', `${layer}.output.dense.bias`],
    ['backbone.ln2.weight', 'pooler.layernorm.weight'],
    ['backbone.ln1.weight', 'layernorm.weight'],
    ['head.fc.bias', 'classifier.bias'],
    ['target_generator.encoder.patch_embed.projection.weight', null],
  ] as const;
  assert.equal(
    of(...pairs.map(([name]) => name)),
    pairs.map(([, canonical]) => canonical),
  );
  assert.is(namingOf(pairs.map(([name]) => name)), 'openmmlab');
});

test('a ViT, a pre-training and a neck of openmmlab', () => {
  const layer = 'encoder.layer.1';
  assert.equal(
    of('backbone.layers.1.attn.gamma1.weight', 'backbone.layers.1.ffn.gamma2.weight', 'head.layers.head.bias'),
    [`${layer}.lambda_1`, `${layer}.lambda_2`, 'classifier.bias'],
  );
  assert.equal(of('backbone.ln1.weight', 'head.cls_head.bias'), ['head.layernorm.weight', 'lm_head.bias']);
  assert.equal(of('neck.upsample_4x.3.bias', 'neck.upsample_2x.0.weight'), ['fpn1.3.bias', 'fpn2.0.weight']);
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

test("unilm's BEiT-3 is named, and what opens its vision part", async () => {
  const names = [
    'beit3.vision_embed.proj.weight',
    'beit3.encoder.layers.0.self_attn.q_proj.A.weight',
    'beit3.encoder.layers.0.self_attn.q_proj.B.weight',
  ];
  await refused(
    () => canonicalNames(names),
    'InvalidCheckpoint',
    /unilm's BEiT-3, .* fromPretrained opens the vision part/,
  );
});

test.run();
