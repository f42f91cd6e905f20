import { cacheApiStore } from '../hub/cacheApiStore.ts';
import { hubFiles } from '../hub/hubFiles.ts';
import { urlFiles } from '../hub/urlFiles.ts';
import type { CoreFile } from '../wasm/core.ts';
import type { Platform } from './platform.ts';
import { startModelWorker } from './web/startModelWorker.ts';
import { startThread } from './web/startThread.ts';

/** Browsers: the core lies beside the script, there is no file system. */
export const platform: Platform = {
  name: 'web',
  version: globalThis.navigator?.userAgent ?? '',
  core: (file: CoreFile) => WebAssembly.compileStreaming(fetch(new URL(`./${file}`, import.meta.url))),
  // a path is one on the page's own server
  folder: async (path) => (/^(\.{0,2}\/|https?:)/.test(path) ? urlFiles(new URL(path, location.href).href) : null),
  hub: async (repository, { cacheDir: _, ...options }) =>
    hubFiles(repository, { ...options, store: await cacheApiStore() }),
  writer: null,
  breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  threads: {
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
    start: typeof Worker === 'function' ? startThread : null,
  },
  // a worker has no document: what is loaded there stays there
  startModelWorker: typeof document === 'object' && typeof Worker === 'function' ? startModelWorker : null,
  relaxedIsSlow: '',
};
