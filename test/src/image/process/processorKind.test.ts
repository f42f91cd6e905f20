import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import { refused } from '../../refused.ts';
import { madePicture, type ProcessorRow } from './madePicture.ts';

const test = suite('image/processorKind');
const ROWS: readonly ProcessorRow[] = JSON.parse(readFileSync('fixtures/image/processors.json', 'utf8'));
const types = [...new Set(ROWS.map(({ config }) => String(config.image_processor_type)))];

for (const type of types) {
  test(`${type} gives the bits of Python`, async () => {
    const rows = ROWS.filter(({ config }) => config.image_processor_type === type);
    assert.ok(rows.length >= 6, `${rows.length} rows`);
    for (const { config, width, height, dims, sha256 } of rows) {
      const processor = ImageProcessor.fromConfig(config);
      for (const same of [processor, ImageProcessor.fromConfig(processor.toJSON())]) {
        const { pixelValues } = await same.preprocess(madePicture(width, height));
        const what = `${JSON.stringify(config)} of ${width} × ${height}`;
        assert.equal(pixelValues.dims, dims, what);
        const found = createHash('sha256').update(new Uint8Array(pixelValues.data.buffer)).digest('hex');
        assert.is(found, sha256, what);
      }
    }
  });
}

test('names of other versions are the same classes', () => {
  const rescaled = { size: 8 };
  for (const type of ['ViTImageProcessorFast', 'ViTFeatureExtractor', 'ViTImageProcessorPil']) {
    const { config } = ImageProcessor.fromConfig({ ...rescaled, image_processor_type: type });
    assert.is(config.resample, 'bilinear', type);
  }
  assert.is(ImageProcessor.fromConfig({ feature_extractor_type: 'DeiTFeatureExtractor' }).config.doCenterCrop, true);
  assert.is(ImageProcessor.fromConfig({}).config.resample, 'bicubic', 'BEiT, where no class is named');
});

test('what is not computed is named', async () => {
  const no = (config: object, message: RegExp) =>
    refused(() => ImageProcessor.fromConfig(config), 'InvalidConfig', message);
  for (const type of ['DonutImageProcessor', 'DetrImageProcessor', 'toString', 'X\n']) {
    await no({ image_processor_type: type }, new RegExp(`it is of "${type.replace('\n', '')}`));
  }
  for (const type of [5, {}, ['BeitImageProcessor']])
    await no({ image_processor_type: type }, /whose steps are not computed/);
  const timm = (config: object) => ({ image_processor_type: 'TimmWrapperImageProcessor', pretrained_cfg: config });
  await no(timm({ crop_mode: 'border' }), /crop_mode "border"/);
  await no(timm({ interpolation: 'area' }), /interpolation "area"/);
  const picture = madePicture(9, 9);
  const late = (config: object, message: RegExp) =>
    refused(() => ImageProcessor.fromConfig(config).preprocess(picture), 'InvalidConfig', message);
  await late(
    { image_processor_type: 'ConvNextImageProcessor', size: { height: 8, width: 8 } },
    /without shortest_edge/,
  );
  await late(
    { image_processor_type: 'ConvNextImageProcessor', size: 8, crop_pct: 0 },
    /crop_pct to be a number above 0/,
  );
  await late({ image_processor_type: 'DPTImageProcessor', do_pad: true, size_divisor: 0 }, /size_divisor to be/);
  await late({ image_processor_type: 'ZoeDepthImageProcessor', resample: 3 }, /resample bicubic/);
  await late({ image_processor_type: 'PoolFormerImageProcessor', crop_pct: 'x' }, /crop_pct to be/);
  await late(timm({ input_size: [3, 8, 9] }), /not square/);
});

test.run();
