import relaxed from './core.relaxed.wasm';
import strict from './core.strict.wasm';
import type { CoreFile, Platform } from './platform.ts';

/** Cloudflare's runtime: modules are compiled when the Worker is deployed; no threads, no file system. */
export const platform: Platform = {
  name: 'workerd',
  core: async (file: CoreFile) => (file.includes('relaxed') ? relaxed : strict),
  folder: async () => null,
  breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  threads: { cores: 1, start: null },
  relaxedIsSlow: '',
};
