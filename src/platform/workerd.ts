import { cacheApiStore } from '../hub/cacheApiStore.ts';
import { hubFiles } from '../hub/hubFiles.ts';
import { urlFiles } from '../hub/urlFiles.ts';
import type { CoreFile } from '../wasm/core.ts';
import relaxed from './core.relaxed.wasm';
import strict from './core.strict.wasm';
import type { Platform } from './platform.ts';

/** Cloudflare's runtime: modules are compiled when the Worker is deployed; no threads, no file system. */
export const platform: Platform = {
  name: 'workerd',
  version: globalThis.navigator?.userAgent ?? '',
  core: async (file: CoreFile) => (file.includes('relaxed') ? relaxed : strict),
  folder: async (path) => (/^https?:/.test(path) ? urlFiles(path) : null),
  hub: async (repository, { cacheDir: _, ...options }) =>
    hubFiles(repository, { ...options, store: await cacheApiStore() }),
  writer: null,
  breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  threads: { cores: 1, start: null },
  startModelWorker: null,
  relaxedIsSlow: '',
};
