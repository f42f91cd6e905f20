import { cacheApiStore } from '../hub/cache/cacheApiStore.ts';
import { hubFiles } from '../hub/hubFiles.ts';
import { urlFiles } from '../hub/urlFiles.ts';
import { fetchCore } from './compileCore.ts';
import { inlineCore } from './inlineCores.ts';
import type { Platform } from './platform.ts';

/** Any place with web standards: the core is in the script, one thread, no file system. */
export const platform: Platform = {
  name: 'web',
  version: globalThis.navigator?.userAgent ?? '',
  core: inlineCore,
  compile: fetchCore,
  folder: async (path) => {
    const url = absolute(path);
    return url === null ? null : urlFiles(url);
  },
  hub: async (repository, { cacheDir: _, ...options }) =>
    hubFiles(repository, { ...options, store: await cacheApiStore() }),
  writer: null,
  yieldToEventLoop: () => new Promise((resolve) => setTimeout(resolve, 0)),
  canYieldDuringPass: globalThis.navigator?.userAgent !== 'Cloudflare-Workers',
  threads: { cores: 1, start: null },
  workerByDefault: false,
  avoidRelaxedReason: () => '',
};

/** Paths are relative to the page, where there is one. */
function absolute(path: string): string | null {
  if (/^https?:/.test(path)) return path;
  const isPath = /^\.{0,2}\//.test(path) && typeof location === 'object';
  return isPath ? new URL(path, location.href).href : null;
}
