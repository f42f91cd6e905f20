import { platform } from '#platform';
import { check, throwIfAborted } from '../errors.ts';
import { ImageProcessor } from '../image/process/imageProcessor.ts';
import type { ImageProcessorConfig } from '../image/process/imageProcessorConfig.ts';
import type { PreprocessOptions, ProcessedPictures, Resize } from '../image/process/preprocess.ts';
import { listOfPictures, readablePicture } from '../input/openPicture.ts';
import type { PictureInput } from '../input/pictureInput.ts';
import { checkOptions, OPTIONS, ownNames, type WithOtherNames } from '../options.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { isOneFile, type ModelSource, openSource, readJson, type SourceOptions } from './source.ts';

/** The file of an image processor, beside the weights. */
export const PREPROCESSOR = 'preprocessor_config.json';

async function preprocessorConfig(source: ModelSource, options: SourceOptions): Promise<unknown> {
  const files = await openSource(source, options);
  const json = (await processorJson(files)) ?? (await processorJson(await otherBase(files, options)));
  const alone = isOneFile(source) ? `; give the files by name, { '${PREPROCESSOR}': …, 'model.safetensors': … }` : '';
  check(json !== null, 'FileNotFound', `Cannot load the image processor: there is no ${PREPROCESSOR}${alone}`);
  return json;
}

/** Where the model is that an adapter changes. */
async function otherBase(files: ModelFiles, options: SourceOptions): Promise<ModelFiles> {
  const { baseOf } = await import('./adapterBase.ts'); // few models have one
  return (await baseOf(files, options)).base;
}

/**
 * What a folder says of its image processor, wherever it says it: `processor_config.json` of transformers 5 has it in one
 * field, timm's `config.json` in another. Null where there is none.
 */
export async function processorJson(files: ModelFiles): Promise<unknown> {
  const own = await readJson(files, PREPROCESSOR);
  const nested = await readJson(files, 'processor_config.json');
  const json = (Object(nested) as { image_processor?: unknown }).image_processor ?? own;
  if (json !== null) return json;
  const { pretrained_cfg } = Object(await readJson(files, 'config.json')) as { pretrained_cfg?: unknown };
  return pretrained_cfg ? { image_processor_type: 'TimmWrapperImageProcessor', pretrained_cfg } : null;
}

/**
 * The image processor of a checkpoint: what its `preprocessor_config.json` says, the rest as in transformers 5.
 *
 * @example
 * const processor = await BeitImageProcessor.fromPretrained('fixtures/beit-digits');
 * const { pixelValues } = await processor.preprocess(png); // dims [1, 3, 32, 32]
 */
export class BeitImageProcessor extends ImageProcessor {
  /**
   * Reads the `preprocessor_config.json` of a folder, a repository of the hub, a URL or files by name.
   *
   * @param source a folder, a repository of the hub, a URL, or files by name; a folder wins over a repository of the
   * same name
   * @param options how it is found; each has a default
   * @returns the processor that the config names, with transformers' defaults for what it does not say
   * @throws `FileNotFound` without a preprocessor config, `InvalidConfig` for a wrong one.
   */
  static async fromPretrained<P extends BeitImageProcessor>(
    this: new (
      ...config: ConstructorParameters<typeof BeitImageProcessor>
    ) => P,
    source: ModelSource,
    options: WithOtherNames<SourceOptions> = {},
  ): Promise<P> {
    const own = ownNames<SourceOptions>(options, OPTIONS.load); // those of the model may be given to both
    return BeitImageProcessor.fromConfig.call(this, await preprocessorConfig(source, own)) as P;
  }

  /**
   * One picture or many, of any sizes, as one batch: `pixelValues` `[B, 3, H, W]`, and `labels` `[B, H, W]` when
   * segmentation maps are given. {@link PictureInput} lists what counts as a picture.
   *
   * @param pictures one picture or a list, in any form and of any sizes
   * @param options fields of the config for this call alone, maps of classes, limits and a signal; each has a default
   * @returns `pixelValues` [B, 3, H, W], the sizes that the pictures had, and `labels` [B, H, W] for maps
   * @throws `InvalidArgument` for an empty list, for anything but pictures, for maps that do not fit their
   * pictures, and for different sizes when nothing resizes them; `FileNotFound`, `Network`, `Aborted`; and everything that
   * {@link decode} throws.
   * @example
   * const { pixelValues } = await processor.preprocess([png, 'fixtures/beit-digits/scans/0005-5.png'], { doCenterCrop: true });
   */
  override async preprocess(
    pictures: PictureInput | readonly PictureInput[],
    options: PreprocessOptions = {},
  ): Promise<ProcessedPictures> {
    checkOptions(options, OPTIONS.preprocess);
    throwIfAborted(options.signal);
    const opened = listOfPictures(pictures).map((picture) => readablePicture(picture, options));
    return super.preprocess(await Promise.all(opened), options);
  }

  protected override readonly resize: Resize = async (...args) =>
    (await import('../engine/coreResize.ts')).coreResize(...args);

  protected override yieldToEventLoop = platform.yieldToEventLoop;
}

/**
 * The same under its name and with the defaults of transformers 4.10: 256 × 256 bicubic, center crop 224 × 224.
 *
 * @example
 * const extractor = await BeitFeatureExtractor.fromPretrained('fixtures/beit-digits');
 */
export class BeitFeatureExtractor extends BeitImageProcessor {
  static override readonly defaults: ImageProcessorConfig = {
    ...BeitImageProcessor.defaults,
    size: { height: 256, width: 256 },
    doCenterCrop: true,
  };

  static override readonly typeEntry = ['feature_extractor_type', 'BeitFeatureExtractor'] as const;
}

/**
 * The image processor that a config names, of any of the families: the same class, which computes what the config says.
 *
 * @example
 * const processor = await AutoImageProcessor.fromPretrained('fixtures/beit-digits');
 * const { pixelValues } = await processor.preprocess(png);
 */
export class AutoImageProcessor extends BeitImageProcessor {}
