import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import type { ImageProcessorOptions } from '../../../../src/image/process/imageProcessorConfig.ts';
import { labels } from '../../../../src/image/process/labels.ts';
import { plainGeometry } from '../../../../src/image/process/processorRules.ts';
import { refused } from '../../refused.ts';

const test = suite('image/labels');
const map = (data: number[], width: number, height: number) =>
  ({ data: Int32Array.from(data), width, height, channels: 1 }) as const;
const configOf = (options: ImageProcessorOptions) =>
  new ImageProcessor({ doResize: false, doCenterCrop: false, ...options }).config;

test('without steps the numbers stay, map behind map', () => {
  const maps = [map([0, 1, 255, 70_000], 2, 2), map([4, 3, 2, 1], 2, 2)];
  const { type, dims, data } = labels(maps, configOf({}), 'nearest');
  assert.equal([type, dims, [...data]], ['int32', [2, 2, 2], [0, 1, 255, 70_000, 4, 3, 2, 1]]);
});

test('keeps class numbers when labels are resized to the nearest', () => {
  const data = [0, 1, 255, 300, 7, 9];
  const found = labels([map(data, 3, 2)], configOf({ doResize: true, size: [4, 6], doReduceLabels: true }), 'nearest');
  assert.equal(found.dims, [1, 4, 6]);
  const rows = [
    [255, 255, 0, 0, 255, 255],
    [299, 299, 6, 6, 8, 8],
  ];
  assert.equal([...found.data], [rows[0], rows[0], rows[1], rows[1]].flat());
  assert.equal(data, [0, 1, 255, 300, 7, 9]);
});

test('the way of the reference makes up numbers between two classes, and has 8 bits', async () => {
  const config = configOf({ doResize: true, size: [1, 4], resample: 'bilinear' });
  const found = labels([map([0, 200], 2, 1)], config, 'reference').data;
  assert.equal([...found], [0, 50, 150, 200]);
  assert.equal([...labels([map([0, 200], 2, 1)], config, 'nearest').data], [0, 0, 200, 200]);
  await refused(() => labels([map([0, 256], 2, 1)], config, 'reference'), 'InvalidArgument', /8 bits, got class 256/);
  const reducing = { ...config, doReduceLabels: true };
  assert.equal([...labels([map([256, 256], 2, 1)], reducing, 'reference').data], [255, 255, 255, 255]);
});

test('crops after resizing, background reduced before', () => {
  const config = configOf({ doCenterCrop: true, cropSize: [1, 4], doReduceLabels: true });
  assert.equal([...labels([map([1, 0], 2, 1)], config, 'nearest').data], [0, 0, 255, 0]);
  const odd = { ...config, cropSize: { height: 1, width: 3 } };
  assert.equal(
    [
      ...labels([map([5, 6], 2, 1)], odd, 'nearest', (one) => ({
        ...plainGeometry(odd, one),
        cropConvention: 'torchvision',
      })).data,
    ],
    [4, 5, 0],
  );
  assert.equal([...labels([map([5, 6], 2, 1)], odd, 'nearest').data], [0, 4, 5]);
});

test('maps of one batch have one size', async () => {
  const maps = [map([1, 2], 2, 1), map([1, 2], 1, 2)];
  await refused(() => labels(maps, configOf({}), 'nearest'), 'InvalidArgument', /picture 1 1 × 2/);
});

test.run();
