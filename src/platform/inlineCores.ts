import type { WasmFile } from '../wasm/core.ts';
import { hasRelaxedSimd } from '../wasm/core.ts';
import picture from './core.picture.wasm?bytes';
import relaxed from './core.relaxed.wasm?bytes';
import strict from './core.strict.wasm?bytes';
import webp from './core.webp.wasm?bytes';

// At import, which is when even a Worker may compile. A module without relaxed SIMD cannot be rejected, so none is tried.
const pictureModule = new WebAssembly.Module(picture);
const strictModule = new WebAssembly.Module(strict);
const relaxedModule = hasRelaxedSimd() ? new WebAssembly.Module(relaxed) : strictModule;

const webpModule = new WebAssembly.Module(webp);

/** The cores for one thread, out of the script itself. */
export async function inlineCore(file: WasmFile): Promise<WebAssembly.Module> {
  if (file === 'core.webp.wasm') return webpModule;
  if (file === 'core.picture.wasm') return pictureModule;
  return file.includes('relaxed') ? relaxedModule : strictModule;
}
