import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AutoBackbone,
  AutoModel,
  AutoModelForDepthEstimation,
  AutoModelForImageClassification,
  AutoModelForSemanticSegmentation,
} from '../../../src/pretrained/auto.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/auto');
const inputOf = ({ nativeSize: { height, width }, numChannels }: AutoModel['config']) =>
  new Tensor('float32', new Float32Array(numChannels * height * width).fill(0.5), [1, numChannels, height, width]);

test('each class opens every family that has its head', async () => {
  const kinds = [
    [
      AutoModel,
      'lastHiddenState',
      [
        'model_relative_mean',
        'vit',
        'deit',
        'dinov2',
        'dinov2_registers',
        'vit_mae',
        'vit_msn',
        'data2vec_cls',
        'cls',
        'seg',
        'mim',
      ],
    ],
    [AutoBackbone, 'featureMaps', ['backbone', 'dinov2_backbone', 'dinov2_registers_backbone', 'dpt_beit']],
    [
      AutoModelForImageClassification,
      'logits',
      ['cls', 'vit_cls', 'deit_cls', 'deit_teacher', 'dinov2_cls', 'dinov2_registers_cls', 'vit_msn', 'data2vec_cls'],
    ],
    [AutoModelForSemanticSegmentation, 'logits', ['seg', 'seg_noaux']],
    [
      AutoModelForDepthEstimation,
      'predictedDepth',
      ['dpt_beit', 'dpt_dinov2_add', 'dpt_vit', 'depth_anything', 'zoedepth'],
    ],
  ] as const;
  for (const [Class, output, folders] of kinds) {
    for (const folder of folders) {
      using model = await (Class as typeof AutoModel).fromPretrained(`fixtures/models/${folder}`, { threads: 1 });
      const result = await model.forward({ pixelValues: inputOf(model.config) });
      assert.ok((result as unknown as Record<string, unknown>)[output], `${folder}: ${output}`);
    }
  }
});

test('a file without a pooler opens as AutoModel and says so; asked for, the pooler is an error', async () => {
  const folder = 'fixtures/models/vit_cls';
  const warnings: string[] = [];
  using model = await AutoModel.fromPretrained(folder, { onWarning: (warning) => warnings.push(warning) });
  assert.match(warnings.join(), /has no weights of a pooler: there is no poolerOutput/);
  const pixelValues = inputOf(model.config);
  const { lastHiddenState, poolerOutput } = await model.forward({ pixelValues });
  assert.is(poolerOutput, undefined);
  using bare = await AutoModel.fromPretrained(folder, { addPoolingLayer: false });
  assert.equal(lastHiddenState, (await bare.forward({ pixelValues })).lastHiddenState);
  await refused(
    () => AutoModel.fromPretrained(folder, { addPoolingLayer: true }),
    'CheckpointMismatch',
    /"pooler.dense/,
  );
  using random = await AutoModel.fromPretrained(folder, { allowMissing: true });
  assert.equal((await random.forward({ pixelValues })).poolerOutput?.dims, [1, model.config.hiddenSize]);
  // what it saves has no pooler either
  const saved = mkdtempSync(join(tmpdir(), 'auto-'));
  await model.savePretrained(saved);
  await refused(
    () => AutoModel.fromPretrained(saved, { addPoolingLayer: true }),
    'CheckpointMismatch',
    /"pooler.dense/,
  );
  rmSync(saved, { recursive: true });
});

test.run();
