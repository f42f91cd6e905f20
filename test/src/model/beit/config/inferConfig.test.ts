import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inferConfig } from '../../../../../src/model/beit/config/inferConfig.ts';
import { canonicalNames, namingOf } from '../../../../../src/model/beit/config/names.ts';
import { filesOf } from '../../../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../../../src/weights/checkpoint.ts';
import { refused } from '../../../refused.ts';

const test = suite('model/beit/inferConfig');

async function shapesIn(path: string): Promise<[Map<string, readonly number[]>, string[]]> {
  const checkpoint = await openCheckpoint(filesOf({ file: readFileSync(path) }), { file: 'file', allowStubs: true });
  const shapes = new Map<string, readonly number[]>();
  for (const [name, canonical] of canonicalNames(checkpoint.tensors.keys())) {
    if (canonical) shapes.set(canonical, checkpoint.tensors.get(name)!.shape);
  }
  return [shapes, [...checkpoint.tensors.keys()]];
}

/** Fields that no shape shows: they get the defaults. */
const UNSEEN = ['hidden_act', 'layer_norm_eps'];
/** A classifier of no labels has no tensor, a backbone without a pyramid is the bare body. */
const UNTOLD = [
  'cls_no_labels',
  'backbone',
  'backbone_flat',
  'dinov2_backbone',
  'dinov2_backbone_plain',
  'dinov2_registers_backbone',
];
/** Families that no tensor shows: without a prefix they are a ViT, without a bias of the key a BEiT. */
const OTHER_FAMILY = ['data2vec_cls', 'vit_mae', 'vit_msn', 'vit_no_pooler'];

/** Their configs are around that of an encoder, which no tensor tells. */
const AROUND = /^(dpt|depth|zoedepth)(_|$)/;

for (const model of readdirSync('fixtures/models', { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && !AROUND.test(entry.name),
)) {
  test(`${model.name}: what is inferred is what config.json says`, async () => {
    const expected = JSON.parse(readFileSync(`fixtures/models/${model.name}/config.json`, 'utf8'));
    const [shapes] = await shapesIn(`fixtures/models/${model.name}/model.safetensors`);
    const { config, missing } = inferConfig(shapes);
    const labels = Object.keys((config.id2label as object) ?? {}).length;
    if (labels > 0) assert.is(labels, Object.keys(expected.id2label ?? { 0: '', 1: '' }).length);
    for (const [key, value] of Object.entries(config)) {
      if (UNSEEN.includes(key) || key === 'id2label' || key === 'label2id') continue;
      if (key === 'architectures' && UNTOLD.includes(model.name)) continue;
      if (OTHER_FAMILY.includes(model.name) && !(key in expected && key.startsWith('num_'))) continue;
      assert.equal(value, expected[key], key);
    }
    const hidden = ['image_size', 'num_attention_heads', 'out_indices', 'pool_scales'];
    assert.equal(
      missing.filter((field) => !hidden.includes(field)),
      [],
    );
  });
}

test('unilm, timm and candle checkpoints tell the same, but for the epsilon of their norms', async () => {
  const [hf] = await shapesIn('fixtures/models/cls/model.safetensors');
  const expected = inferConfig(hf);
  assert.equal(expected.missing, []);
  assert.is(expected.config.layer_norm_eps, 1e-12);
  assert.is(expected.config.use_mean_pooling, true);
  for (const file of ['timm.safetensors', 'unilm.pth', 'candle.safetensors']) {
    const [shapes, names] = await shapesIn(`fixtures/formats/${file}`);
    assert.equal(inferConfig(shapes, namingOf(names)).config, { ...expected.config, layer_norm_eps: 1e-6 }, file);
  }
});

const [base] = await shapesIn('fixtures/models/cls/model.safetensors');
const TABLE = /relative_position_bias_table$/;
const without = (pattern: RegExp) => new Map([...base].filter(([name]) => !pattern.test(name)));

test('asks by name for what no tensor shows', () => {
  const bare = inferConfig(without(TABLE));
  assert.equal(bare.missing, ['image_size', 'num_attention_heads']);
  assert.is('image_size' in bare.config, false);
  const absolute = inferConfig(new Map([...without(TABLE), ['embeddings.position_embeddings', [1, 26, 24]]]));
  assert.equal(absolute.missing, ['num_attention_heads']);
  assert.is(absolute.config.image_size, 5 * 4);
  const rectangle = inferConfig(
    new Map([...base].map(([name, shape]) => [name, TABLE.test(name) ? [3 * 5 + 3, 3] : shape])),
  );
  assert.equal(rectangle.missing, ['image_size']);
});

test('CLS pooling shows in the last norm', () => {
  assert.is(inferConfig(new Map([...base, ['layernorm.weight', [24]]])).config.use_mean_pooling, false);
});

test('refuses what is no BEiT, and what contradicts itself', async () => {
  const refuses = (shapes: ReadonlyMap<string, readonly number[]>) =>
    refused(() => inferConfig(shapes), 'CheckpointMismatch');
  await refuses(new Map());
  await refuses(without(/projection/));
  await refuses(without(/^encoder/));
  await refuses(without(/^encoder\.layer\.0\./));
  await refuses(new Map([...base, ['embeddings.position_embeddings', [1, 26, 24]]]));
  await refuses(new Map([...base, ['embeddings.patch_embeddings.projection.weight', [24, 3, 4, 8]]]));
  await refuses(new Map([...base, ['encoder.layer.4000000000.lambda_1', [24]]]));
  const many = Array.from({ length: 200_000 }, (_, i) => [`encoder.layer.${2 * i}.lambda_1`, [0]] as const);
  await refuses(new Map([...base, ...many]));
  const labels = (...shape: number[]) => inferConfig(new Map([...base, ['classifier.weight', shape]]));
  await refused(() => labels(1e9, 0), 'InvalidConfig', /num_labels .* got 1000000000/);
  await refused(() => labels(), 'InvalidConfig', /num_labels .* got undefined/);
});

test.run();
