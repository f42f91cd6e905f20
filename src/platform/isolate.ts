import { urlFiles } from '../hub/urlFiles.ts';
import { fetchCore } from './compileCore.ts';
import type { Platform } from './platform.ts';
import { cachedHub } from './web/cachedHub.ts';

/** What runtimes of isolates have in common: no threads, no file system, and modules that were compiled at deployment. */
export const isolatePlatform = {
  version: globalThis.navigator?.userAgent ?? '',
  compile: fetchCore,
  folder: async (path) => (/^https?:/.test(path) ? urlFiles(path) : null),
  hub: cachedHub,
  writer: null,
  yieldToEventLoop: () => new Promise<void>((resolve) => setTimeout(resolve, 0)),
  canYieldDuringPass: false,
  threads: { cores: 1, start: null },
  workerByDefault: false,
} satisfies Partial<Platform>;
