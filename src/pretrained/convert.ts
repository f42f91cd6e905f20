import { isQuantizedDtype } from '../dtype.ts';
import { jsonText } from '../json.ts';
import { type CreateFile, fileMaker, writeFile, writeText } from '../loading/createFile.ts';
import { PREPROCESSOR, processorJson } from '../loading/imageProcessors.ts';
import { CODEBOOK } from '../loading/loadCodebook.ts';
import { type LoadOptions, loadModel } from '../loading/loadModel.ts';
import { type SavePretrainedOptions, saveModel } from '../loading/savePretrained.ts';
import { type ModelSource, openSource } from '../loading/source.ts';
import { architectureOf } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';

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
  options: LoadOptions & SavePretrainedOptions = {},
): Promise<string[]> {
  // f16 and bf16 are roundings of what f32 holds exactly; q8 and q4 are made while loading
  const dtype = isQuantizedDtype(options.dtype) ? options.dtype : 'f32';
  const files = await openSource(source, options);
  const model = await loadModel(files, architectureOf, { ...options, dtype });
  try {
    const json = (await processorJson(files)) ?? defaultPreprocessor(model.config);
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

function defaultPreprocessor(config: BeitConfig) {
  return {
    image_processor_type: 'BeitImageProcessor',
    do_resize: true,
    size: config.nativeSize,
    resample: 3,
    do_center_crop: false,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
}
