import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { modelConfig } from '../../../../../../src/loading/modelConfig.ts';
import { depthFields } from '../../../../../../src/model/beit/heads/depth/depthFields.ts';
import { filesOf } from '../../../../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../../../../src/weights/checkpoint.ts';
import { refused } from '../../../../refused.ts';

const test = suite('model/beit/heads/depth/depthFields');

async function fieldsOf(name: string, change: object = {}) {
  const folder = `fixtures/models/${name}`;
  const json = { ...JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')), ...change };
  const checkpoint = await openCheckpoint(
    filesOf({ 'model.safetensors': readFileSync(`${folder}/model.safetensors`) }),
  );
  return depthFields((await modelConfig(json, checkpoint)).config);
}

test('stages are hidden states: those of the backbone, or the outputs of blocks that DPT counts from 0', async () => {
  assert.equal((await fieldsOf('dpt_beit')).stages, [1, 2, 3, 4]);
  assert.equal((await fieldsOf('dpt_vit')).stages, [1, 2, 3, 4]);
  const two = { backbone_out_indices: [0, 2], neck_hidden_sizes: [6, 10], reassemble_factors: [2, 1] };
  assert.equal((await fieldsOf('dpt_vit', two)).stages, [1, 3]);
});

test('what is absent is as in transformers', async () => {
  const absent = { neck_hidden_sizes: undefined, fusion_hidden_size: undefined, readout_type: undefined };
  const dpt = await fieldsOf('dpt_beit', absent);
  assert.equal([dpt.neckHiddenSizes, dpt.fusionHiddenSize, dpt.readoutType], [[96, 192, 384, 768], 256, 'project']);
  const anything = await fieldsOf('depth_anything', absent);
  assert.equal([anything.neckHiddenSizes, anything.fusionHiddenSize], [[48, 96, 192, 384], 64]);
  assert.equal([anything.readoutType, anything.maxDepth], ['ignore', null]);
  assert.is((await fieldsOf('depth_anything_metric')).maxDepth, 20);
});

test('fields of another kind are errors that name them', async () => {
  const wrong = (change: object, message: RegExp) =>
    refused(() => fieldsOf('dpt_beit', change), 'InvalidConfig', message);
  await wrong({ neck_hidden_sizes: [6, 10] }, /4 hidden states need as many neck_hidden_sizes .* got 2 and 4/);
  await wrong({ reassemble_factors: [4, 2, 1, 0.3] }, /whole numbers up to 64 or 1 divided by them, got 0.3/);
  await wrong({ head_in_index: 4 }, /head_in_index must be -4 to 3, got 4/);
  await wrong({ readout_type: 'mean' }, /one of ignore, add, project, got "mean"/);
  await wrong({ fusion_hidden_size: 1e9 }, /fusion_hidden_size must be an integer from 1 to 65536/);
  await wrong({ is_hybrid: true }, /is_hybrid is true/);
  await wrong({ reassemble_factors: [1e9, 2, 1, 0.5] }, /up to 64/);
  await wrong({ neck_hidden_sizes: [6, 1.5, 7, 12] }, /neck_hidden_sizes must be integers from 1 to 65536, got 1.5/);
});

test('values that cannot be printed end in the same errors', async () => {
  let nested: unknown = 1;
  for (let i = 0; i < 5000; i++) nested = [nested];
  const fields = [
    'neck_hidden_sizes',
    'reassemble_factors',
    'fusion_hidden_size',
    'head_in_index',
    'readout_type',
    'hidden_act',
  ];
  for (const value of [nested, { toString: 1, valueOf: 2 }, [{ toString: 1 }], 'x'.repeat(1e6), -99]) {
    for (const field of fields) await refused(() => fieldsOf('dpt_beit', { [field]: value }), 'InvalidConfig');
    await refused(
      () => fieldsOf('depth_anything_metric', { max_depth: typeof value === 'number' ? '1' : value }),
      'InvalidConfig',
    );
  }
});

test.run();
