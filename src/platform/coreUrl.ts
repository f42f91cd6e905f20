import type { WasmFile } from '../wasm/core.ts';

/** Written out one by one: bundlers find such files, and move them, only where the expression contains the name. */
const URLS: Readonly<Record<WasmFile, () => URL>> = {
  'core.picture.wasm': () => new URL('./core.picture.wasm', import.meta.url),
  'core.strict.wasm': () => new URL('./core.strict.wasm', import.meta.url),
  'core.relaxed.wasm': () => new URL('./core.relaxed.wasm', import.meta.url),
  'core.strict.threads.wasm': () => new URL('./core.strict.threads.wasm', import.meta.url),
  'core.relaxed.threads.wasm': () => new URL('./core.relaxed.threads.wasm', import.meta.url),
  'core.fused.wasm': () => new URL('./core.fused.wasm', import.meta.url),
  'core.fused.threads.wasm': () => new URL('./core.fused.threads.wasm', import.meta.url),
  'core.webp.wasm': () => new URL('./core.webp.wasm', import.meta.url),
};

/** The URL of a core: beside the script. */
export function coreUrl(file: WasmFile): URL {
  return URLS[file]();
}
