import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitFeatureExtractor, BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { refused } from '../refused.ts';

const test = suite('loading/imageProcessors');
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

test.run();
