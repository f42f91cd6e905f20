import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitBackbone } from '../../../src/pretrained/beitBackbone.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { DPTForDepthEstimation } from '../../../src/pretrained/dptForDepthEstimation.ts';
import { memoryPlan } from '../../../src/pretrained/memoryPlan.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/dptForDepthEstimation');
const FOLDERS = ['dpt_beit', 'dpt_dinov2_add', 'dpt_vit', 'depth_anything', 'depth_anything_metric'];
const pixelValues = new Tensor(
  'float32',
  Float32Array.from({ length: 3 * 12 * 12 }, (_, i) => Math.sin(i)),
  [1, 3, 12, 12],
);
const jsonOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));

test('what is saved is a depth estimator again, with the config around that of its backbone', async () => {
  for (const name of FOLDERS) {
    const folder = mkdtempSync(join(tmpdir(), 'depth-'));
    using model = await DPTForDepthEstimation.fromPretrained(`fixtures/models/${name}`);
    await model.savePretrained(folder);
    const [saved, original] = [jsonOf(folder), jsonOf(`fixtures/models/${name}`)];
    assert.equal([saved.model_type, saved.around], [original.model_type, undefined]);
    assert.equal(saved.neck_hidden_sizes, original.neck_hidden_sizes);
    assert.is(saved.backbone_config?.model_type, original.backbone_config?.model_type);
    using again = await DPTForDepthEstimation.fromPretrained(folder);
    const [a, b] = [await model.forward({ pixelValues }), await again.forward({ pixelValues })];
    assert.equal(a.predictedDepth, b.predictedDepth, name);
    rmSync(folder, { recursive: true });
  }
});

test('a batch gives what its images give alone, and the memory is that of the plan', async () => {
  for (const name of FOLDERS) {
    using model = await DPTForDepthEstimation.fromPretrained(`fixtures/models/${name}`, { threads: 2 });
    const { predictedDepth: one } = await model.forward({ pixelValues });
    const three = new Tensor('float32', Float32Array.of(...pixelValues.data, ...pixelValues.data), [2, 3, 12, 12]);
    const { predictedDepth: both } = await model.forward({ pixelValues: three });
    assert.equal(both.dims, [2, ...one.dims.slice(1)]);
    assert.equal([...both.data], [...one.data, ...one.data], name);
    const input = { images: 2, height: 12, width: 12 };
    const plan = await memoryPlan(model.config, 'DPTForDepthEstimation', { threads: 2, input });
    assert.is(model.memory, plan.total, name);
  }
});

test('the backbone of a depth estimator opens alone; another class says what the folder is', async () => {
  using backbone = await BeitBackbone.fromPretrained('fixtures/models/dpt_beit');
  assert.is((await backbone.forward({ pixelValues })).featureMaps.length, 4);
  const other = () => BeitForImageClassification.fromPretrained('fixtures/models/dpt_beit');
  await refused(other, 'InvalidConfig', /config.json is of model_type "dpt"/);
  const classifier = () => DPTForDepthEstimation.fromPretrained('fixtures/beit-digits');
  await refused(classifier, 'InvalidConfig', /a depth estimator has model_type "dpt" or "depth_anything"/);
});

test.run();
