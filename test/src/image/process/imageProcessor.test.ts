import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';
import { sha } from '../sha.ts';

type Case = [config: Record<string, unknown>, seed: number, w: number, h: number, dims: number[], hash: string];
const test = suite('image/beitImageProcessor');
const cases: Case[] = JSON.parse(readFileSync('fixtures/image/processor.json', 'utf8'));

function picture(seed: number, width: number, height: number, channels = 3) {
  return { data: noise(seed, width * height * channels), width, height, channels };
}

test('gives the bits of transformers for pictures', async () => {
  const pictures = cases.filter(([config]) => !config.labels);
  assert.is(pictures.length, 57);
  for (const [config, seed, width, height, dims, hash] of pictures) {
    const { pixelValues } = await ImageProcessor.fromConfig(config).preprocess(picture(seed, width, height));
    assert.equal(pixelValues.dims, dims);
    assert.is(sha(pixelValues.data), hash, JSON.stringify([config, seed]));
  }
});

test('resizes labels with their picture where the size keeps the aspect, and refuses a side of no pixel', async () => {
  const size = { shortest_edge: 4, longest_edge: 6 };
  const processor = new ImageProcessor({ size });
  assert.equal(ImageProcessor.fromConfig(processor.toJSON()).config.size, size);
  const segmentationMaps = { data: [0, 1, 2, 3, 4, 5, 6, 7], width: 2, height: 4 };
  const { pixelValues, labels, originalSizes } = await processor.preprocess(picture(1, 2, 4), { segmentationMaps });
  assert.equal([pixelValues.dims, labels!.dims, originalSizes], [[1, 3, 6, 3], [1, 6, 3], [[4, 2]]]);
  assert.equal(
    [...labels!.data].filter((_, i) => i % 3 === 0),
    [0, 2, 2, 4, 4, 6],
  );
  await refused(() => processor.preprocess(picture(1, 1, 90)), 'InvalidArgument', /positive whole size, got 0 × 6/);
});

test('gives the labels of transformers with the filter of the reference', async () => {
  const maps = cases.filter(([config]) => config.labels);
  assert.is(maps.length, 3);
  for (const [{ labels: _, ...config }, seed, width, height, dims, hash] of maps) {
    const classes = noise(8, width * height).map((n, i) => (i < 5 * width ? n % 3 : n));
    const segmentationMaps = { data: classes, width, height };
    const options = { segmentationMaps, labelResample: 'reference' } as const;
    const { labels } = await ImageProcessor.fromConfig(config).preprocess(picture(seed, width, height), options);
    assert.equal(labels!.dims, dims);
    assert.is(sha(labels!.data), hash, JSON.stringify(config));
  }
});

test('a list of pictures is a batch in its order', async () => {
  const processor = new ImageProcessor({ size: 8 });
  const pictures = [picture(3, 5, 4), picture(4, 2, 9)];
  const { pixelValues } = await processor.preprocess(pictures);
  assert.equal(pixelValues.dims, [2, 3, 8, 8]);
  for (const [b, one] of pictures.entries()) {
    assert.equal(pixelValues.data.slice(192 * b, 192 * b + 192), (await processor.preprocess(one)).pixelValues.data);
  }
});

test('pads as torchvision does when asked to', async () => {
  const image = { data: new Uint8Array([255]), width: 1, height: 1, channels: 1 };
  const processor = new ImageProcessor({ doResize: false, doCenterCrop: true, cropSize: 2, doNormalize: false });
  const red = async (cropConvention: 'pil' | 'torchvision') => [
    ...(await processor.preprocess(image, { cropConvention })).pixelValues.data.slice(0, 4),
  ];
  assert.equal(await red('pil'), [0, 0, 0, 1]);
  assert.equal(await red('torchvision'), [1, 0, 0, 0]);
});

test('writes the config it read, and keeps what it does not know', () => {
  const json = {
    crop_size: 224,
    do_center_crop: false,
    feature_extractor_type: 'BeitFeatureExtractor',
    image_mean: [0.5, 0.5, 0.5],
    resample: 2,
    size: 384,
    reduce_labels: true,
    mystery: { a: 1 },
  };
  const written = ImageProcessor.fromConfig(json).toJSON();
  assert.equal(written.size, { height: 384, width: 384 });
  assert.equal(written.crop_size, { height: 224, width: 224 });
  assert.equal(written.mystery, { a: 1 });
  assert.is(written.resample, 2);
  assert.is(written.do_reduce_labels, true);
  assert.is(written.feature_extractor_type, 'BeitFeatureExtractor');
  assert.not('image_processor_type' in written);
  assert.equal(ImageProcessor.fromConfig(written).toJSON(), written);
  assert.is(new ImageProcessor().toJSON().image_processor_type, 'BeitImageProcessor');
  assert.is(ImageProcessor.fromConfig({ reduce_labels: true, do_reduce_labels: false }).config.doReduceLabels, false);
});

test('refuses configs that say something wrong, from a file or from options', async () => {
  await refused(() => ImageProcessor.fromConfig({ crop_size: 'big' }), 'InvalidConfig', /crop_size.*"big"/);
  await refused(() => ImageProcessor.fromConfig(null), 'InvalidConfig', /expected an object/);
  await refused(() => new ImageProcessor({ resample: 6 }), 'InvalidConfig', /resample/);
  const edges: [object, RegExp][] = [
    [{ size: { longest_edge: 224 } }, /got {longest_edge: 224}/],
    [{ size: { max_height: 224 } }, /got {max_height: 224}/],
    [{ size: { shortest_edge: 0 } }, /size to be of positive whole numbers, got {shortest_edge: 0}/],
    [{ size: { shortest_edge: 9, longest_edge: [1, 2] } }, /positive whole numbers/],
    [{ crop_size: { shortest_edge: 224 } }, /crop_size/],
  ];
  for (const [json, message] of edges) await refused(() => ImageProcessor.fromConfig(json), 'InvalidConfig', message);
});

test('refuses what is no picture, and still reads the next one', async () => {
  const processor = new ImageProcessor({ size: 8 });
  const pixels = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 };
  await refused(() => processor.preprocess([]), 'InvalidArgument', /at least one, got none/);
  await refused(() => processor.preprocess('cat.png' as never), 'InvalidArgument', /string/);
  const preprocess = (options: object) => () => processor.preprocess(pixels, options);
  await refused(
    preprocess({ cropConvention: 'PIL' }),
    'InvalidArgument',
    /cropConvention: .* pil, torchvision, got PIL/,
  );
  await refused(preprocess({ labelResample: 'bicubic' }), 'InvalidArgument', /labelResample: .* got bicubic/);
  await refused(() => processor.preprocess(new Uint8Array(0)), 'InvalidImage', /got 0 bytes/);
  await refused(
    () => processor.preprocess(new TextEncoder().encode('8BPS______')),
    'UnsupportedFormat',
    /got Photoshop/,
  );
  await refused(
    () => processor.preprocess([pixels, picture(1, 3, 2)], { doResize: false }),
    'InvalidArgument',
    /picture 1 3 × 2/,
  );
  const map = { data: [0, 1, 2], width: 3, height: 1 };
  await refused(() => processor.preprocess(pixels, { segmentationMaps: map }), 'InvalidArgument', /1 × 3|3 × 1/);
  await refused(() => processor.preprocess(pixels, { segmentationMaps: [] }), 'InvalidArgument', /0 maps for 1/);
  assert.equal((await processor.preprocess(pixels)).pixelValues.dims, [1, 3, 8, 8]);
});

test.run();
