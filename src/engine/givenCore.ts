import { platform } from '#platform';
import { check, checkObject } from '../errors.ts';
import { compileBytes } from '../platform/compileCore.ts';
import { quoted } from '../quoted.ts';
import { coreFile } from '../wasm/chooseCore.ts';
import { importsMemory, instantiate, instantiateShared, type WasmFile } from '../wasm/core.ts';
import type { Kernels } from '../wasm/kernels.ts';

/** A `WebAssembly.Module`; where the compiler knows no WebAssembly, as with the types of Node alone, any object. */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: new (...bytes: never[]) => infer M } }
  ? M
  : object;

/** The WebAssembly of the engine: compiled, as bytes, or by the URL it can be read from. */
export type CoreSource =
  | { readonly module: CompiledModule }
  | { readonly bytes: Uint8Array | ArrayBuffer }
  | { readonly url: string | URL };

/** A core as a module. @throws `InvalidArgument`, and what compiling throws */
export async function moduleOf(source: CoreSource): Promise<WebAssembly.Module> {
  checkObject('Cannot init the engine', source);
  if ('module' in source && source.module instanceof WebAssembly.Module) return source.module;
  if ('url' in source) {
    const here = globalThis.location?.href;
    const fits = URL.canParse(source.url, here);
    check(fits, 'InvalidArgument', () => `Cannot init the engine: expected a URL, got ${quoted(source.url)}`);
    return platform.compile(new URL(source.url, here));
  }
  const isBytes = 'bytes' in source && (source.bytes instanceof ArrayBuffer || source.bytes instanceof Uint8Array);
  check(isBytes, 'InvalidArgument', 'Cannot init the engine: expected a `module`, `bytes` or a `url`');
  return compileBytes(new Uint8Array(source.bytes), 'the given bytes');
}

/** Which build a module is. @throws `UnsupportedFormat` for anything but a core of this version */
export function fileOf(module: WebAssembly.Module): WasmFile {
  const exports = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  if (exports.has('jpeg_open')) return 'core.picture.wasm';
  if (exports.has('start_frame')) return 'core.webp.wasm';
  check(exports.has('linear') && exports.has('relaxed'), 'UnsupportedFormat', () => {
    return `Cannot init the engine: expected a core of this version, got a module that exports [${[...exports].slice(0, 5)}]`;
  });
  const shared = importsMemory(module);
  const { relaxed, fused }: Kernels = shared ? instantiateShared(module, smallMemory()) : instantiate(module);
  return coreFile(relaxed.value ? 'relaxed' : 'strict', shared ? 2 : 1, fused.value ? 'fused' : 'strict');
}

function smallMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
}
