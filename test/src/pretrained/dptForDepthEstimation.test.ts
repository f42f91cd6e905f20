import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitBackbone } from '../../../src/pretrained/beitBackbone.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { DPTForDepthEstimation } from '../../../src/pretrained/dptForDepthEstimation.ts';
import { memoryPlan } from '../../../src/pretrained/memoryPlan.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/dptForDepthEstimation');
const FOLDERS = ['dpt_beit', 'dpt_dinov2_add', 'dpt_vit', 'depth_anything', 'depth_anything_metric', 'zoedepth'];
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
  await refused(
    classifier,
    'InvalidConfig',
    /a depth estimator has model_type "dpt" or "depth_anything" or "zoedepth"/,
  );
});

/** Two ranges of depths: the patch transformer, which is 128 wide in every such model, makes it too large for a fixture. */
const SEVERAL = {
  ...jsonOf('fixtures/models/zoedepth'),
  num_patch_transformer_layers: 4,
  patch_transformer_hidden_size: 128,
  patch_transformer_intermediate_size: 24,
  patch_transformer_num_attention_heads: 4,
  bin_configurations: [
    { name: 'nyu', n_bins: 7, min_depth: 0.001, max_depth: 10 },
    { name: 'kitti', n_bins: 9, min_depth: 0.001, max_depth: 80 },
  ],
};

test('a ZoeDepth with two ranges saves the names that Python has, and its images vote on the range', async () => {
  const { backbone_config, ...around } = SEVERAL;
  const config = BeitConfig.fromJSON({ ...backbone_config, architectures: ['DPTForDepthEstimation'], around });
  using model = await DPTForDepthEstimation.fromConfig(config, { seed: 3 });
  const folder = mkdtempSync(join(tmpdir(), 'depth-'));
  await model.savePretrained(folder);
  const file = readFileSync(join(folder, 'model.safetensors'));
  const names = Object.keys(JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString()));
  for (const name of [
    'metric_head.patch_transformer.transformer_encoder.3.self_attn.out_proj.weight',
    'metric_head.mlp_classifier.linear2.bias',
    'metric_head.seed_bin_regressors.kitti.conv2.weight',
    'metric_head.attractors.nyu.3.conv2.bias',
    'metric_head.conditional_log_binomial.kitti.mlp.2.weight',
    'relative_head.conv3.weight',
  ])
    assert.ok(names.includes(name), name);
  using again = await DPTForDepthEstimation.fromPretrained(folder);
  rmSync(folder, { recursive: true });
  const two = new Tensor(
    'float32',
    Float32Array.of(...pixelValues.data, ...pixelValues.data.map((x) => 1 - x)),
    [2, 3, 12, 12],
  );
  const [a, b] = [await model.forward({ pixelValues: two }), await again.forward({ pixelValues: two })];
  assert.equal(a, b);
  assert.equal(a.domainLogits?.dims, [2, 2]);
  const chunked = await DPTForDepthEstimation.fromConfig(config, { seed: 3, maxBatch: 1 });
  assert.equal((await chunked.forward({ pixelValues: two })).predictedDepth, a.predictedDepth, 'chunks vote together');
  chunked.dispose();
});

test('configs of ZoeDepth that the reference cannot build are errors', async () => {
  const { backbone_config, ...around } = SEVERAL;
  const no = (change: object, message: RegExp) => {
    const config = BeitConfig.fromJSON({
      ...backbone_config,
      architectures: ['DPTForDepthEstimation'],
      around: { ...around, ...change },
    });
    return refused(() => DPTForDepthEstimation.fromConfig(config), 'InvalidConfig', message);
  };
  await no({ patch_transformer_hidden_size: 64 }, /patch transformer must be 4 layers of 128, got 4 of 64/);
  await no({ bottleneck_features: 8 }, /bottleneck_features must be fusion_hidden_size, 9, got 8/);
  await no({ num_attractors: [1, 2] }, /num_attractors must be 4 counts/);
  await no({ bin_configurations: [] }, /bin_configurations must be a list of 1 to 16/);
  await no({ bin_configurations: [{ n_bins: 3 }, { n_bins: 4 }] }, /must have a name each/);
  await no({ bin_configurations: [{ min_depth: 0, max_depth: 1 }] }, /n_bins must be an integer/);
  await no({ attractor_kind: 'median' }, /attractor_kind must be one of mean, sum/);
  await no({ max_temp: 'hot' }, /max_temp must be a number/);
});

test.run();
