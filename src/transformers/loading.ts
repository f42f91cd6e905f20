import { BeitError, type LoadOptions, type ModelSource, type ProgressEvent } from '../index.ts';
import { env, settingsAsOptions } from './env.ts';
import { camelKeys } from './names.ts';

/** How a model is found and loaded, in the names of transformers.js; those of the library are taken too. */
export interface PretrainedOptions extends Omit<LoadOptions, 'dtype' | 'device'> {
  /** Of the weights and of the computation; default: as the checkpoint was saved. */
  readonly dtype?: LoadOptions['dtype'] | 'fp32' | 'fp16' | 'int8' | 'auto' | null;
  /** Default: the core, on which results do not depend on the machine. */
  readonly device?: LoadOptions['device'] | 'cpu' | 'auto' | null;
  /** As `dtype: 'q8'`; default false. */
  readonly quantized?: boolean | null;
  readonly progress_callback?: ((event: ProgressEvent) => void) | null;
  readonly cache_dir?: string | null;
  readonly local_files_only?: boolean;
}

/** Loads from `env.localModelPath`, where there is one, and else from where the name says. */
export async function loadFrom<R>(
  source: ModelSource,
  given: PretrainedOptions,
  load: (source: ModelSource, options: LoadOptions) => Promise<R>,
): Promise<R> {
  const options = loadOptions(given);
  const local = localPlace(source);
  if (local === null) return load(source, options);
  try {
    return await load(local, options);
  } catch (error) {
    const absent = error instanceof BeitError && error.code === 'FileNotFound';
    if (!absent || !env.allowRemoteModels) throw error;
    return load(source, options);
  }
}

function loadOptions(given: PretrainedOptions): LoadOptions {
  const { quantized, progress_callback, ...rest } = given;
  const own = camelKeys(rest);
  return {
    ...settingsAsOptions(),
    ...(quantized && { dtype: 'q8' }),
    ...own,
    ...(progress_callback && { onProgress: progress_callback }),
  } as LoadOptions;
}

/** Paths and URLs say themselves where they are. A name in front of `localModelPath` must not be taken for a repository. */
function localPlace(source: ModelSource): string | null {
  const { localModelPath } = env;
  if (!localModelPath || typeof source !== 'string' || isPlace(source)) return null;
  const folder = isPlace(localModelPath) ? localModelPath : `./${localModelPath}`;
  return `${folder.replace(/\/+$/, '')}/${source}`;
}

const isPlace = (text: string) => /^([./]|[a-z]:[\\/]|\w+:\/\/)/i.test(text);
