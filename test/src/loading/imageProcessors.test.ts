import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitFeatureExtractor, BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { noise } from '../image/noise.ts';
import { sha } from '../image/sha.ts';
import { refused } from '../refused.ts';

const test = suite('loading/imageProcessors');
const CATS = '../shared/images/000000039769.png';
const FOLDER = 'fixtures/beit-digits';
const png = new Uint8Array(readFileSync(`${FOLDER}/scans/0005-5.png`));
const sourceOf = (json: string) => ({ 'preprocessor_config.json': new TextEncoder().encode(json) });

test('a processor is what the file beside the weights says', async () => {
  const processor = await BeitImageProcessor.fromPretrained(FOLDER);
  const { pixelValues } = await processor.preprocess(png);
  assert.equal(pixelValues.dims, [1, 3, 32, 32]);
  assert.equal(processor.config.imageMean, [0.5, 0.5, 0.5]);
});

test('each fills in what its version of transformers did', async () => {
  const side = async (p: BeitImageProcessor | BeitFeatureExtractor) => (await p.preprocess(png)).pixelValues.dims[3];
  const processor = await BeitImageProcessor.fromPretrained(sourceOf('{"size": {"height": 48, "width": 40}}'));
  assert.is(await side(processor), 40);
  assert.is(await side(await BeitFeatureExtractor.fromPretrained(sourceOf('{}'))), 224);
});

test('large pictures go through the core, and give the bits of the plain passes', async () => {
  const picture = {
    data: Uint8Array.from({ length: 700 * 500 * 3 }, (_, i) => (i * 7919) % 256),
    width: 700,
    height: 500,
  };
  const json = '{"size": {"height": 32, "width": 32}, "do_center_crop": false}';
  const processor = await BeitImageProcessor.fromPretrained(sourceOf(json));
  const { ImageProcessor } = await import('../../../src/image/process/imageProcessor.ts');
  const { pixelValues } = await processor.preprocess(picture);
  assert.equal(
    pixelValues.data,
    (await ImageProcessor.fromConfig(JSON.parse(json)).preprocess(picture)).pixelValues.data,
  );
});

test('without a file, or with a wrong one', async () => {
  await refused(
    () => BeitImageProcessor.fromPretrained('fixtures/models/cls'),
    'FileNotFound',
    /no preprocessor_config\.json/,
  );
  await refused(() => BeitImageProcessor.fromPretrained(sourceOf('[')), 'InvalidConfig', /not JSON/);
  await refused(() => BeitFeatureExtractor.fromPretrained(sourceOf('{"size": "big"}')), 'InvalidConfig');
});

test('has the defaults of transformers 4.10', async () => {
  const extractor = new BeitFeatureExtractor();
  assert.equal(extractor.config.size, { height: 256, width: 256 });
  assert.is(extractor.config.doCenterCrop, true);
  const written = extractor.toJSON();
  assert.is(written.feature_extractor_type, 'BeitFeatureExtractor');
  assert.not('image_processor_type' in written);
  assert.instance(BeitFeatureExtractor.fromConfig({}), BeitFeatureExtractor);
  const picture = { data: noise(1, 30 * 20 * 3), width: 30, height: 20, channels: 3 };
  const explicit = new BeitImageProcessor({ size: 256, doCenterCrop: true });
  assert.equal((await extractor.preprocess(picture)).pixelValues, (await explicit.preprocess(picture)).pixelValues);
});

const catTest = existsSync(CATS) ? test : test.skip;
if (!existsSync(CATS)) console.log('skip: the picture of the cats is not there');
catTest('sees the cats of COCO as transformers does', async () => {
  const cats = readFileSync(CATS);
  const { pixelValues } = await new BeitFeatureExtractor().preprocess(cats);
  const [first, second, third] = [0, 1, 2].map((c) => pixelValues.data[c * 224 * 224]);
  for (const [found, expected] of [
    [first, 0.10588241],
    [second, -0.7882353],
    [third, -0.5529412],
  ]) {
    assert.ok(Math.abs(found - expected) < 6e-8, `${found}, expected ${expected}`);
  }
  const processor = BeitImageProcessor.fromConfig({ size: 224, resample: 2, do_center_crop: false });
  assert.is(sha((await processor.preprocess(cats)).pixelValues.data), '9c61c396ed92f9bb');
});

test('wherever a folder says what its processor is', async () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const own = { image_processor_type: 'ViTImageProcessor', size: 12 };
  const nested = { 'processor_config.json': bytes({ processor_class: 'X', image_processor: own }) };
  const size = async (files: Record<string, Uint8Array>) => (await BeitImageProcessor.fromPretrained(files)).config;
  assert.equal((await size(nested)).size, { height: 12, width: 12 });
  const both = { ...nested, 'preprocessor_config.json': bytes({ size: 9 }) };
  assert.equal((await size(both)).size, { height: 12, width: 12 }, 'as transformers 5 prefers it');
  const other = {
    'processor_config.json': bytes({ processor_class: 'X' }),
    'preprocessor_config.json': bytes({ size: 9 }),
  };
  assert.equal((await size(other)).size, { height: 9, width: 9 });
  const timm = {
    architecture: 'beit_base_patch16_224',
    pretrained_cfg: { input_size: [3, 20, 20], mean: [0.1, 0.2, 0.3] },
  };
  const config = await size({ 'config.json': bytes(timm) });
  assert.equal([config.cropSize, config.imageMean], [{ height: 20, width: 20 }, [0.1, 0.2, 0.3]]);
  await refused(() => size({ 'config.json': bytes({}) }), 'FileNotFound', /there is no preprocessor_config.json/);
});

test.run();
