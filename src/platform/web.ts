import type { CoreFile, Platform } from './platform.ts';
import { startThread } from './web/startThread.ts';

/** Browsers: the core lies beside the script, there is no file system. */
export const platform: Platform = {
  name: 'web',
  core: (file: CoreFile) => WebAssembly.compileStreaming(fetch(new URL(`./${file}`, import.meta.url))),
  folder: async () => null,
  breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  threads: {
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
    start: typeof Worker === 'function' ? startThread : null,
  },
  relaxedIsSlow: '',
};
