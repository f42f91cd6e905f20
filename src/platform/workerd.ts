import { urlFiles } from '../hub/urlFiles.ts';
import type { WasmFile } from '../wasm/core.ts';
import { fetchCore } from './compileCore.ts';
import picture from './core.picture.wasm';
import relaxed from './core.relaxed.wasm';
import strict from './core.strict.wasm';
import webp from './core.webp.wasm';
import type { Platform } from './platform.ts';
import { cachedHub } from './web/cachedHub.ts';

/** What decodes pictures. */
const MODULES: Partial<Record<WasmFile, WebAssembly.Module>> = {
  'core.picture.wasm': picture,
  'core.webp.wasm': webp,
};

/** Cloudflare's runtime: modules are compiled when the Worker is deployed; no threads, no file system. */
export const platform: Platform = {
  name: 'workerd',
  version: globalThis.navigator?.userAgent ?? '',
  core: async (file: WasmFile) => MODULES[file] ?? (file.includes('relaxed') ? relaxed : strict),
  compile: fetchCore,
  folder: async (path) => (/^https?:/.test(path) ? urlFiles(path) : null),
  hub: cachedHub,
  writer: null,
  yieldToEventLoop: () => new Promise((resolve) => setTimeout(resolve, 0)),
  canYieldDuringPass: false,
  threads: { cores: 1, start: null },
  startModelWorker: null,
  workerByDefault: false,
  avoidRelaxedReason: () => '',
};
