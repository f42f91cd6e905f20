import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CreateFile } from '../../../src/loading/createFile.ts';
import { diskName } from '../../../src/loading/savePretrained.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { FAMILIES } from '../../../src/model/beit/config/family.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from '../../../src/pretrained/beitForMaskedImageModeling.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import { refused } from '../refused.ts';

const test = suite('loading/savePretrained');
const config = new BeitConfig({
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 12,
  imageSize: 8,
  patchSize: 4,
  vocabSize: 9,
  useMaskToken: true,
  extra: { my_key: 7 },
});

/** A folder in memory. */
function folder() {
  const chunks: Record<string, number[]> = {};
  const create: CreateFile = (name) => {
    chunks[name] = [];
    return { write: async (chunk) => void chunks[name].push(...chunk), close: async () => {} };
  };
  const files = () => Object.fromEntries(Object.entries(chunks).map(([name, data]) => [name, new Uint8Array(data)]));
  return { create, files };
}

test('names on disk: the body prefixed, heads beside it', () => {
  for (const [name, expected] of [
    ['embeddings.cls_token', 'beit.embeddings.cls_token'],
    ['pooler.layernorm.weight', 'beit.pooler.layernorm.weight'],
    ['classifier.bias', 'classifier.bias'],
    ['lm_head.weight', 'lm_head.weight'],
    ['head.layernorm.bias', 'layernorm.bias'],
    ['layernorm.bias', 'beit.layernorm.bias'],
    ['fpn1.0.weight', 'fpn1.0.weight'],
    ['decode_head.classifier.weight', 'decode_head.classifier.weight'],
  ]) {
    assert.is(diskName(name, FAMILIES.beit, true), expected);
  }
  assert.is(diskName('embeddings.cls_token', FAMILIES.beit, false), 'embeddings.cls_token');
});

test('a signal ends the writing, and every file is closed', async () => {
  using model = await BeitForMaskedImageModeling.fromConfig(config);
  const controller = new AbortController();
  const open = new Set<string>();
  const create: CreateFile = (name) => {
    open.add(name);
    const write = () => void (name !== 'config.json' && setImmediate(() => controller.abort(new Error('enough'))));
    return { write, close: () => void open.delete(name) };
  };
  const error = await refused(model.savePretrained(create, { signal: controller.signal }), 'Aborted');
  assert.is((error.cause as Error).message, 'enough');
  assert.equal([...open], []);
  const never = () => assert.unreachable();
  await refused(model.savePretrained(never as never, { signal: AbortSignal.abort() }), 'Aborted');
});

test('what is made is a file, or is refused by name', async () => {
  using model = await BeitForMaskedImageModeling.fromConfig(config);
  await refused(
    model.savePretrained(() => ({}) as never),
    'InvalidArgument',
    /config\.json: expected an object with write/,
  );
});

test('config and weights, in one file', async () => {
  using model = await BeitForMaskedImageModeling.fromConfig(config, { seed: 2 });
  const { create, files } = folder();
  assert.equal(await model.savePretrained(create), ['config.json', 'model.safetensors']);
  const json = JSON.parse(new TextDecoder().decode(files()['config.json']));
  assert.equal(Object.keys(json), Object.keys(json).sort());
  assert.equal([json.architectures, json.my_key, json.vocab_size], [['BeitForMaskedImageModeling'], 7, 9]);
  const { tensors, metadata } = await openCheckpoint(filesOf(files()));
  assert.is(metadata.get('format'), 'pt');
  assert.equal(tensors.get('lm_head.weight')!.shape, [9, 8]);
  assert.equal(tensors.get('beit.embeddings.patch_embeddings.projection.weight')!.shape, [8, 3, 4, 4]);
  assert.ok(tensors.has('layernorm.weight') && !tensors.has('head.layernorm.weight'));
});

test('whole numbers that transformers 5 takes as floats alone are written with a point', async () => {
  const { create, files } = folder();
  const whole = new BeitConfig({ ...config, layerScaleInitValue: 0, auxiliaryLossWeight: 1 });
  using model = await BeitForImageClassification.fromConfig(whole, { threads: 1 });
  await model.savePretrained(create);
  const text = new TextDecoder().decode(files()['config.json']);
  for (const line of ['"layer_scale_init_value": 0.0,', '"auxiliary_loss_weight": 1.0,', '"hidden_size": 8,'])
    assert.ok(text.includes(line), line);
});

test('halves round once: saved again they are the same bytes', async () => {
  for (const dtype of ['f16', 'bf16'] as const) {
    using model = await BeitForImageClassification.fromConfig(config, { seed: 3 });
    const [first, second] = [folder(), folder()];
    await model.savePretrained(first.create, { dtype });
    using again = await BeitForImageClassification.fromPretrained(first.files());
    await again.savePretrained(second.create, { dtype });
    const weights = [first, second].map(({ files }) => Buffer.from(files()['model.safetensors']));
    assert.ok(weights[0].equals(weights[1]), dtype);
    assert.is(
      (await openCheckpoint(filesOf(first.files()))).tensors.get('classifier.weight')!.dtype,
      dtype.toUpperCase(),
    );
  }
});

test('shards of the size asked for, and an index that opens them', async () => {
  using model = await BeitForImageClassification.fromConfig(config, { seed: 4 });
  const [whole, parts] = [folder(), folder()];
  await model.savePretrained(whole.create);
  const names = await model.savePretrained(parts.create, { shardSize: 2000 });
  assert.ok(names.length > 4 && names.includes('model.safetensors.index.json'), names.join());
  using again = await BeitForImageClassification.fromPretrained(parts.files());
  const third = folder();
  await again.savePretrained(third.create);
  assert.equal(third.files()['config.json'], whole.files()['config.json']);
  const weights = [third, whole].map(({ files }) => Buffer.from(files()['model.safetensors']));
  assert.ok(weights[0].equals(weights[1]));
});

test('dtypes that the model does not have, or nobody', async () => {
  using model = await BeitForImageClassification.fromConfig(config, { dtype: 'q8' });
  await refused(
    () => model.savePretrained(folder().create, { dtype: 'q4' }),
    'InvalidArgument',
    /as q4: the model was loaded as q8/,
  );
  await refused(() => model.savePretrained(folder().create, { dtype: 'f64' as never }), 'InvalidArgument', /as f64/);
  const never = () => assert.unreachable('it began to write');
  for (const options of [{ shardSize: 0 }, { shardSize: Number.NaN }, { dtype: 'toString' as never }]) {
    await refused(() => model.savePretrained(never as never, options), 'InvalidArgument');
  }
});

test('integers have file names of their own; folders saved under the old one still open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit-'));
  try {
    using model = await BeitForImageClassification.fromPretrained('fixtures/beit-digits', { dtype: 'q8' });
    assert.equal(await model.savePretrained(folder), ['config.json', 'model.q8.safetensors']);
    const sharded = await model.savePretrained(folder, { shardSize: 60_000 });
    assert.is(sharded.at(-1), 'model.safetensors.index.q8.json');
    assert.ok(
      sharded.slice(1, -1).every((name) => /^model\.q8-0000\d-of-0000\d\.safetensors$/.test(name)),
      sharded.join(),
    );
    assert.not.ok(readdirSync(folder).includes('model.q8.safetensors'), 'the one file is gone');
    using again = await BeitForImageClassification.fromPretrained(folder);
    assert.is(again.config.numLabels, 10);
    await again.savePretrained(folder, { dtype: 'f32' });
    const left = readdirSync(folder).filter((name) => /safetensors$|index/.test(name) && !/-of-/.test(name));
    assert.equal(left, ['model.safetensors'], 'what was saved last is what opens');
    await model.savePretrained(folder);
    renameSync(join(folder, 'model.q8.safetensors'), join(folder, 'model.safetensors'));
    using old = await BeitForImageClassification.fromPretrained(folder);
    assert.is(old.config.numLabels, 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
