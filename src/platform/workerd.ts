import type { WasmFile } from '../wasm/core.ts';
import picture from './core.picture.wasm';
import relaxed from './core.relaxed.wasm';
import strict from './core.strict.wasm';
import webp from './core.webp.wasm';
import { isolatePlatform } from './isolate.ts';
import type { Platform } from './platform.ts';

/** What decodes pictures. */
const MODULES: Partial<Record<WasmFile, WebAssembly.Module>> = {
  'core.picture.wasm': picture,
  'core.webp.wasm': webp,
};

/** Cloudflare's runtime. */
export const platform: Platform = {
  ...isolatePlatform,
  name: 'workerd',
  core: async (file: WasmFile) => MODULES[file] ?? (file.includes('relaxed') ? relaxed : strict),
  avoidRelaxedReason: () => '',
};
