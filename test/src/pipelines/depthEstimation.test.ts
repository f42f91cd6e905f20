import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postProcessZoeDepthEstimation } from '../../../src/image/process/postProcessZoeDepthEstimation.ts';
import { grayPicture } from '../../../src/pipelines/depthEstimation.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { Tensor } from '../../../src/tensor.ts';

const test = suite('pipelines/depthEstimation');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const files = {
  ...Object.fromEntries(
    ['config.json', 'model.safetensors'].map((name) => [
      name,
      new Uint8Array(readFileSync(`fixtures/models/depth_anything/${name}`)),
    ]),
  ),
  'preprocessor_config.json': new TextEncoder().encode(
    JSON.stringify({ image_processor_type: 'DPTImageProcessor', size: { height: 20, width: 20 } }),
  ),
};

test('a map and a gray picture of the size of the picture, one or a list', async () => {
  using estimate = await pipeline('depth-estimation', files);
  const { predictedDepth, depth } = await estimate(SCAN);
  const [height, width] = predictedDepth.dims;
  assert.equal([depth.width, depth.height, depth.channels], [width, height, 1]);
  assert.equal([height, width], [8, 8]);
  assert.equal([Math.min(...depth.data), Math.max(...depth.data)], [0, 255]);
  const list = await estimate([SCAN, SCAN]);
  assert.equal(list, [
    { predictedDepth, depth },
    { predictedDepth, depth },
  ]);
});

test('a ZoeDepth takes pictures of several sizes, one pass each, and cuts its edges off', async () => {
  const zoe = {
    ...Object.fromEntries(
      ['config.json', 'model.safetensors'].map((name) => [
        name,
        new Uint8Array(readFileSync(`fixtures/models/zoedepth/${name}`)),
      ]),
    ),
    'preprocessor_config.json': new TextEncoder().encode(
      JSON.stringify({
        image_processor_type: 'ZoeDepthImageProcessor',
        size: { height: 24, width: 32 },
        ensure_multiple_of: 4,
      }),
    ),
  };
  using estimate = await pipeline('depth-estimation', zoe);
  const wide = { data: Uint8Array.from({ length: 3 * 9 * 14 }, (_, i) => (i * 37) % 256), width: 14, height: 9 };
  const both = await estimate([SCAN, wide]);
  assert.equal(
    both.map(({ predictedDepth }) => predictedDepth.dims),
    [
      [8, 8],
      [9, 14],
    ],
  );
  assert.equal(both[1], await estimate(wide));
  const { model, processor } = estimate;
  const { pixelValues, originalSizes } = await processor.preprocess(wide);
  const { predictedDepth } = await model.forward({ pixelValues });
  const [map] = await postProcessZoeDepthEstimation(predictedDepth as Tensor<'float32'>, originalSizes);
  assert.equal(both[1].predictedDepth, map);
});

test('levels are cut and not rounded, as numpy cuts them; a flat map is black', () => {
  const map = new Tensor('float32', Float32Array.of(1, 2, 3, 1.999), [2, 2]);
  assert.equal([...grayPicture(map).data], [0, 127, 255, 127]);
  assert.equal([...grayPicture(new Tensor('float32', Float32Array.of(7, 7), [1, 2])).data], [0, 0]);
});

test.run();
