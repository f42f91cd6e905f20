import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../../src/index.ts';
import * as transformers from '../../../src/transformers/index.ts';

const test = suite('transformers/models');
const DIGITS = 'fixtures/beit-digits';
const SCAN = `${DIGITS}/scans/0005-5.png`;
const run = { threads: 1 };

test('processor and model give the logits of the library', async () => {
  const processor = await transformers.AutoProcessor.from_pretrained(DIGITS);
  const inputs = await processor([SCAN, SCAN]);
  assert.equal(
    [inputs.pixel_values.dims, inputs.reshaped_input_sizes[1]],
    [
      [2, 3, 32, 32],
      [32, 32],
    ],
  );
  const own = await library.BeitImageProcessor.fromPretrained(DIGITS);
  const { pixelValues, originalSizes } = await own.preprocess([SCAN, SCAN]);
  assert.equal(inputs.pixel_values.data, pixelValues.data);
  assert.equal(inputs.original_sizes, originalSizes);
  using expected = await library.BeitForImageClassification.fromPretrained(DIGITS, run);
  using model = await transformers.AutoModelForImageClassification.from_pretrained(DIGITS, { ...run, dtype: 'fp32' });
  const { logits } = await model(inputs);
  assert.equal(logits.data, (await expected.forward({ pixelValues })).logits.data);
  assert.is((logits.tolist() as number[][])[1].length, 10);
  assert.is((model.config.id2label as Record<string, string>)[5], '5');
  assert.is(model.config.hidden_size, expected.config.hiddenSize);
});

test('outputs have names in snake_case, lists of tensors too', async () => {
  const processor = await transformers.AutoImageProcessor.from_pretrained(DIGITS);
  const { pixel_values } = await processor(SCAN);
  using expected = await library.BeitModel.fromPretrained(DIGITS, run);
  using model = await transformers.BeitModel.from_pretrained(DIGITS, run);
  const output = await model({ pixel_values, output_hidden_states: true, output_attentions: true });
  const own = await expected.forward({ pixelValues: pixel_values, outputHiddenStates: true, outputAttentions: true });
  assert.equal(Object.keys(output).sort(), ['attentions', 'hidden_states', 'last_hidden_state', 'pooler_output']);
  assert.equal(output.last_hidden_state.data, own.lastHiddenState.data);
  assert.equal(output.pooler_output?.data, own.poolerOutput?.data);
  assert.is(output.hidden_states?.length, own.hiddenStates?.length);
  assert.equal(output.attentions?.[0].dims, own.attentions?.[0].dims);
  assert.type(output.attentions?.[0].tolist, 'function');
});

test('every class loads a model of its kind', async () => {
  const { AutoModel, AutoModelForDepthEstimation, AutoModelForSemanticSegmentation } = transformers;
  const kinds = [
    [AutoModel, 'dinov2', 'last_hidden_state'],
    [AutoModelForDepthEstimation, 'dpt_beit', 'predicted_depth'],
    [AutoModelForSemanticSegmentation, 'seg', 'logits'],
    [transformers.AutoModelForMaskedImageModeling, 'mim', 'logits'],
    [transformers.BeitForMaskedImageModeling, 'mim', 'logits'],
    [transformers.BeitForImageClassification, 'cls', 'logits'],
    [transformers.BeitForSemanticSegmentation, 'seg', 'logits'],
    [transformers.ViTModel, 'vit', 'last_hidden_state'],
    [transformers.ViTForImageClassification, 'vit_cls', 'logits'],
    [transformers.DeiTModel, 'deit', 'last_hidden_state'],
    [transformers.DeiTForImageClassification, 'deit_cls', 'logits'],
    [transformers.Dinov2Model, 'dinov2', 'last_hidden_state'],
    [transformers.Dinov2ForImageClassification, 'dinov2_cls', 'logits'],
    [transformers.DPTForDepthEstimation, 'dpt_vit', 'predicted_depth'],
    [transformers.DepthAnythingForDepthEstimation, 'depth_anything', 'predicted_depth'],
    [transformers.ZoeDepthForDepthEstimation, 'zoedepth', 'predicted_depth'],
  ] as const;
  for (const [Class, folder, name] of kinds) {
    using model = await Class.from_pretrained(`fixtures/models/${folder}`, run);
    const side = imageSide(model.config);
    const pixel_values = new transformers.Tensor('float32', new Float32Array(3 * side * side), [1, 3, side, side]);
    assert.ok(name in (await model({ pixel_values })), `${folder}: ${name}`);
  }
});

function imageSide(config: Readonly<Record<string, unknown>>): number {
  const { backbone_config, image_size } = config as { backbone_config?: { image_size: number }; image_size: number };
  return [backbone_config?.image_size ?? image_size].flat()[0];
}

test('a segmentation is brought to the size of the picture', async () => {
  const processor = await transformers.AutoProcessor.from_pretrained('fixtures/beit-scenes');
  using model = await transformers.AutoModelForSemanticSegmentation.from_pretrained('fixtures/beit-scenes', run);
  const inputs = await processor(SCAN);
  const [{ segmentation, labels }] = processor.post_process_semantic_segmentation(
    await model(inputs),
    inputs.original_sizes,
  );
  using own = await library.pipeline('image-segmentation', 'fixtures/beit-scenes', run);
  assert.equal(segmentation.data, (await own.segment(SCAN)).data);
  assert.equal(
    labels,
    [...new Set(segmentation.data)].sort((a, b) => a - b),
  );
});

test.run();
