import { BeitError, type LoadOptions, runtimeInfo } from '../index.ts';

/** The settings of transformers.js that mean something here. They hold for what is loaded after they were set. */
export interface Environment {
  /** Whether the hub is asked for files that are not here; default true. */
  allowRemoteModels: boolean;
  /** Whether models are looked for in folders; default true. It can be false only where there is no file system. */
  allowLocalModels: boolean;
  /** The folder, or in pages the URL, where models are looked for before the hub is asked. Default null: none. */
  localModelPath: string | null;
  /** The address of the hub. Default null: `HF_ENDPOINT` where there is an environment, else huggingface.co. */
  remoteHost: string | null;
  /** Where files of the hub are kept. Default null: the cache of Python's `huggingface_hub`; in pages the Cache API. */
  cacheDir: string | null;
}

const SETTINGS: Environment = {
  allowRemoteModels: true,
  allowLocalModels: true,
  localModelPath: null,
  remoteHost: null,
  cacheDir: null,
};

/**
 * Settings for all that is loaded.
 *
 * @throws `InvalidArgument` for a setting that does not exist here, or for a value of the wrong type
 * @example
 * env.allowRemoteModels = false;
 */
export const env: Environment = new Proxy(
  { ...SETTINGS },
  {
    set(settings, name, value) {
      checkSetting(String(name), value);
      return Reflect.set(settings, name, value);
    },
    get(settings, name) {
      if (name === 'backends') reject(name); // there is no ONNX Runtime to set up
      return Reflect.get(settings, name);
    },
  },
);

function checkSetting(name: string, value: unknown): void {
  if (!Object.hasOwn(SETTINGS, name)) reject(name);
  const type = name.startsWith('allow') ? 'boolean' : 'string';
  const absent = type === 'string' && value === null;
  if (!absent && typeof value !== type)
    throw new BeitError('InvalidArgument', `Invalid env.${name}: expected a ${type}, got ${typeof value}`);
  if (name === 'allowLocalModels' && value === false && hasFolders())
    throw new BeitError(
      'InvalidArgument',
      'Cannot set env.allowLocalModels to false: in this runtime a folder is taken before a repository of the same name',
    );
}

function reject(name: string): never {
  const names = Object.keys(SETTINGS).join(', ');
  throw new BeitError('InvalidArgument', `Unsupported setting env.${name}: expected one of ${names}`);
}

const hasFolders = () => ['node', 'deno', 'bun'].includes(runtimeInfo().runtime);

/** The settings as options of the library. */
export function settingsAsOptions(): Pick<LoadOptions, 'localFilesOnly' | 'endpoint' | 'cacheDir'> {
  const { allowRemoteModels, remoteHost, cacheDir } = env;
  return {
    ...(!allowRemoteModels && { localFilesOnly: true }),
    ...(remoteHost && { endpoint: remoteHost.replace(/\/+$/, '') }),
    ...(cacheDir && { cacheDir }),
  };
}
