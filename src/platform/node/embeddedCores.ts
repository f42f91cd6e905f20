import { brotliDecompressSync } from 'node:zlib';
import { check } from '../../errors.ts';
import type { WasmFile } from '../../wasm/core.ts';
import { compileBytes } from '../compileCore.ts';
import fusedThreads from '../core.fused.threads.wasm?brotli';
import picture from '../core.picture.wasm?brotli';
import relaxedThreads from '../core.relaxed.threads.wasm?brotli';
import relaxed from '../core.relaxed.wasm?brotli';
import strictThreads from '../core.strict.threads.wasm?brotli';
import strict from '../core.strict.wasm?brotli';
import webp from '../core.webp.wasm?brotli';

/** Brotli in base64. */
const CORES: Readonly<Record<WasmFile, string>> = {
  'core.strict.wasm': strict,
  'core.relaxed.wasm': relaxed,
  'core.strict.threads.wasm': strictThreads,
  'core.relaxed.threads.wasm': relaxedThreads,
  // one core for any number of threads: few ask for it
  'core.fused.wasm': fusedThreads,
  'core.fused.threads.wasm': fusedThreads,
  'core.picture.wasm': picture,
  'core.webp.wasm': webp,
};

/** Compiles a core that is inside the script. @throws `UnsupportedRuntime` for one that `npm run demo` leaves out */
export async function embeddedCore(file: WasmFile): Promise<WebAssembly.Module> {
  const bytes = new Uint8Array(brotliDecompressSync(Buffer.from(CORES[file], 'base64')));
  check(bytes.length > 0, 'UnsupportedRuntime', () => {
    return `Cannot open ${file}: expected it inside this build, got one for the demo alone; run "npm run build"`;
  });
  return compileBytes(bytes, file);
}
