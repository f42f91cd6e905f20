import { platform } from '#platform';
import { coreResize } from '../engine/coreResize.ts';
import { check } from '../errors.ts';
import { FeatureExtractor } from '../image/process/featureExtractor.ts';
import { ImageProcessor } from '../image/process/imageProcessor.ts';
import { isOneFile, type ModelSource, openSource, readJson, type SourceOptions } from './source.ts';

const FILE = 'preprocessor_config.json';

async function preprocessorConfig(source: ModelSource, options: SourceOptions): Promise<unknown> {
  const json = await readJson(await openSource(source, options), FILE);
  const alone = isOneFile(source) ? `; give the files by name, { '${FILE}': …, 'model.safetensors': … }` : '';
  check(json !== null, 'FileNotFound', `Cannot load the image processor: there is no ${FILE}${alone}`);
  return json;
}

/**
 * The image processor of a checkpoint: what its `preprocessor_config.json` says, the rest as in transformers 5.
 *
 * @example
 * const processor = await BeitImageProcessor.fromPretrained('fixtures/beit-digits');
 * const { pixelValues } = await processor.preprocess(png); // dims [1, 3, 32, 32]
 */
export class BeitImageProcessor extends ImageProcessor {
  /** @throws `FileNotFound` without a preprocessor config, `InvalidConfig` for a wrong one. */
  static async fromPretrained(source: ModelSource, options: SourceOptions = {}): Promise<BeitImageProcessor> {
    return BeitImageProcessor.fromConfig(await preprocessorConfig(source, options));
  }

  protected override resize = coreResize;
  protected override yieldToEventLoop = platform.yieldToEventLoop;
}

/**
 * The same under its name and with the defaults of transformers 4.10: 256 × 256 bicubic, centre crop 224 × 224.
 *
 * @example
 * const extractor = await BeitFeatureExtractor.fromPretrained('fixtures/beit-digits');
 */
export class BeitFeatureExtractor extends FeatureExtractor {
  /** @throws `FileNotFound` without a preprocessor config, `InvalidConfig` for a wrong one. */
  static async fromPretrained(source: ModelSource, options: SourceOptions = {}): Promise<BeitFeatureExtractor> {
    return BeitFeatureExtractor.fromConfig(await preprocessorConfig(source, options));
  }

  protected override resize = coreResize;
  protected override yieldToEventLoop = platform.yieldToEventLoop;
}
