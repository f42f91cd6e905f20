import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FeatureExtractor } from '../../../../src/image/process/featureExtractor.ts';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import { noise } from '../noise.ts';
import { sha } from '../sha.ts';

const test = suite('image/beitFeatureExtractor');
const CATS = '../shared/images/000000039769.png';

test('has the defaults of transformers 4.10', async () => {
  const extractor = new FeatureExtractor();
  assert.equal(extractor.config.size, { height: 256, width: 256 });
  assert.is(extractor.config.doCenterCrop, true);
  const written = extractor.toJSON();
  assert.is(written.feature_extractor_type, 'BeitFeatureExtractor');
  assert.not('image_processor_type' in written);
  assert.instance(FeatureExtractor.fromConfig({}), FeatureExtractor);
  const picture = { data: noise(1, 30 * 20 * 3), width: 30, height: 20, channels: 3 };
  const explicit = new ImageProcessor({ size: 256, doCenterCrop: true });
  assert.equal((await extractor.preprocess(picture)).pixelValues, (await explicit.preprocess(picture)).pixelValues);
});

const catTest = existsSync(CATS) ? test : test.skip;
if (!existsSync(CATS)) console.log('skip: the picture of the cats is not there');
catTest('sees the cats of COCO as transformers does', async () => {
  const cats = readFileSync(CATS);
  const { pixelValues } = await new FeatureExtractor().preprocess(cats);
  const [first, second, third] = [0, 1, 2].map((c) => pixelValues.data[c * 224 * 224]);
  for (const [found, expected] of [
    [first, 0.10588241],
    [second, -0.7882353],
    [third, -0.5529412],
  ]) {
    assert.ok(Math.abs(found - expected) < 6e-8, `${found}, expected ${expected}`);
  }
  const processor = ImageProcessor.fromConfig({ size: 224, resample: 2, do_center_crop: false });
  assert.is(sha((await processor.preprocess(cats)).pixelValues.data), '9c61c396ed92f9bb');
});

test.run();
