import { isQuantizedDtype } from '../dtype.ts';
import { check } from '../errors.ts';
import { jsonText } from '../json.ts';
import { type CreateFile, fileMaker, writeFile, writeText } from '../loading/createFile.ts';
import { BeitImageProcessor, PREPROCESSOR, processorJson } from '../loading/imageProcessors.ts';
import { CODEBOOK } from '../loading/loadCodebook.ts';
import { type LoadedModel, type LoadOptions, loadModel } from '../loading/loadModel.ts';
import { type SavePretrainedOptions, saveModel } from '../loading/savePretrained.ts';
import { type ModelSource, openSource } from '../loading/source.ts';
import { architectureOf } from '../model/beit/architectures.ts';
import { BeitConfig } from '../model/beit/config/config.ts';

/** What {@link convert} takes: how the source is read, how the model is written, and what neither of them says. */
export interface ConvertOptions extends LoadOptions, SavePretrainedOptions {
  readonly dtype?: SavePretrainedOptions['dtype'];
  /** Names of the classes by id, in place of those of the config. */
  readonly labels?: Readonly<Record<number, string>> | undefined;
}

/**
 * Opens any checkpoint of the family, whatever its container and naming, and writes it as the hub has them: safetensors,
 * `config.json` and `preprocessor_config.json`, with the codebook of the source if it has one. Pictures are prepared as the source says, or resized to the native size
 * and normalized by ½ where it says nothing.
 *
 * @returns the names of the files written
 * @throws what `fromPretrained` and `savePretrained` throw
 * @example
 * await convert('beit_base_patch16_224.pth', 'beit-base', { dtype: 'f16', shardSize: 24e6 });
 */
export async function convert(
  source: ModelSource,
  target: string | CreateFile,
  options: ConvertOptions = {},
): Promise<string[]> {
  // f16 and bf16 are roundings of what f32 holds exactly; q8 and q4 are made while loading
  const dtype = isQuantizedDtype(options.dtype) ? options.dtype : 'f32';
  const files = await openSource(source, options);
  const loaded = await loadModel(files, architectureOf, { ...options, dtype });
  const model = options.labels ? { ...loaded, config: labelled(loaded.config, options.labels) } : loaded;
  try {
    const own = await processorJson(files);
    const json = own ? readableInPython(own) : defaultPreprocessor(model.config);
    for (const line of assumptions(model, own, options)) options.onWarning?.(line);
    const create = await fileMaker(target);
    const written = await saveModel(model, create, options);
    await writeText(create, PREPROCESSOR, jsonText(json));
    const codebook = await files.open(CODEBOOK);
    if (!codebook) return [...written, PREPROCESSOR];
    // read whole before it is written: the target may be the source
    await writeFile(create, CODEBOOK, await codebook.read(0, codebook.size));
    return [...written, PREPROCESSOR, CODEBOOK];
  } finally {
    model.session.dispose();
  }
}

/** @throws `InvalidConfig` unless there is one for every class */
function labelled(config: BeitConfig, labels: Readonly<Record<number, string>>): BeitConfig {
  const named = BeitConfig.fromJSON({ ...config.toJSON(), id2label: labels });
  check(named.numLabels === config.numLabels, 'InvalidConfig', () => {
    return `Cannot name the classes: expected ${config.numLabels} labels, got ${named.numLabels}`;
  });
  return named;
}

/** What was guessed, because neither the source nor the options say it, as lines for a user. */
function assumptions({ config, architecture }: LoadedModel, processor: unknown, { labels }: ConvertOptions): string[] {
  const { height, width } = config.nativeSize;
  const madeUp = !labels && Object.entries(config.id2label).every(([id, label]) => label === `LABEL_${id}`);
  const classifies = /Classification|Segmentation/.test(architecture.name);
  return [
    ...(processor
      ? []
      : [
          `Nothing says how pictures are prepared: assumed ${height} × ${width} pixels, bicubic, mean and deviation 0.5`,
        ]),
    ...(classifies && madeUp
      ? [`Nothing names the ${config.numLabels} classes: they are called LABEL_0, LABEL_1, …`]
      : []),
  ];
}

/** The wrapper of timm's transforms reads timm's own config.json alone; but for half a pixel this is the same. */
function readableInPython(json: unknown): unknown {
  const { image_processor_type } = json as { image_processor_type?: unknown };
  if (image_processor_type !== 'TimmWrapperImageProcessor') return json;
  const { crop_size, resample, image_mean, image_std } = BeitImageProcessor.fromConfig(json).toJSON();
  const { crop_pct = 0.875, crop_mode } = (json as { pretrained_cfg: { crop_pct?: number; crop_mode?: string } })
    .pretrained_cfg;
  const [height, width] = Object.values(crop_size as Size).map((side) => Math.floor(side / crop_pct));
  const size = crop_mode === 'squash' ? { height, width } : { shortest_edge: height };
  const kept = { size, crop_size, do_center_crop: true, resample, image_mean, image_std };
  return { ...defaultProcessor, image_processor_type: 'BitImageProcessor', ...kept };
}

interface Size {
  readonly height: number;
  readonly width: number;
}

const defaultProcessor = { do_resize: true, do_rescale: true, rescale_factor: 1 / 255, do_normalize: true };

function defaultPreprocessor(config: BeitConfig) {
  return {
    image_processor_type: 'BeitImageProcessor',
    ...defaultProcessor,
    size: config.nativeSize,
    resample: 3,
    do_center_crop: false,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
}
