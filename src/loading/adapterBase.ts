import { check } from '../errors.ts';
import { quoted } from '../quoted.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { type Checkpoint, openCheckpoint, weightFiles } from '../weights/checkpoint.ts';
import type { AdapterConfig } from './adapter.ts';
import { openSource, readJson, type SourceOptions } from './source.ts';

/** The files of a model, and what its `adapter_config.json` says, where there is one. */
export interface Based {
  readonly base: ModelFiles;
  readonly adapter: AdapterConfig | null;
}

/**
 * Where the weights are that an adapter changes: beside it, or else where its config says. Files without an adapter are their
 * own base.
 *
 * @throws what `openSource` throws for the base; `InvalidConfig` where the config names none
 */
export async function baseOf(files: ModelFiles, options: SourceOptions & { variant?: string }): Promise<Based> {
  const adapter = files.file === undefined ? ((await readJson(files, 'adapter_config.json')) as AdapterConfig) : null;
  if (adapter === null) return { base: files, adapter: null };
  for (const name of weightFiles(options.variant)) if (await files.open(name)) return { base: files, adapter };
  const { base_model_name_or_path: path } = Object(adapter) as AdapterConfig;
  check(typeof path === 'string' && path !== '', 'InvalidConfig', () => {
    return `Cannot load the base of the adapter: expected base_model_name_or_path to be a path or a name, got ${quoted(path)}`;
  });
  return { base: await openSource(path, { ...options, revision: undefined, subfolder: undefined }), adapter };
}

/** The tensors of an adapter. @throws `FileNotFound`, `InvalidCheckpoint` */
export async function openAdapter(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint> {
  const safe = await files.open('adapter_model.safetensors');
  return openCheckpoint(files, { file: safe ? 'adapter_model.safetensors' : 'adapter_model.bin', signal });
}
