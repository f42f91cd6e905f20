import { platform } from '#platform';
import { check } from '../errors.ts';
import type { CorePlatform } from '../wasm/chooseCore.ts';
import type { CoreFile, DecoderFile, WasmFile } from '../wasm/core.ts';
import type { CoreSource } from './givenCore.ts';

/** Compiled cores by file; sent to the worker of a model. */
export type CoreModules = ReadonlyMap<WasmFile, WebAssembly.Module>;

/** What {@link init} was given: the one setting that is global, not per call. */
const given = new Map<WasmFile, WebAssembly.Module>();

/**
 * Gives the engine its WebAssembly where it cannot find it by itself: any of `core.strict.wasm`, `core.relaxed.wasm`,
 * `core.fused.wasm` and their `.threads` builds, `core.picture.wasm`, which decodes JPEG and PNG, and `core.webp.wasm`, of
 * this version. Which build it is, is detected. After the first call only what was given is used, by models and by image
 * processors, so give every build that may be chosen. Loaded models keep their core.
 *
 * @param source one compiled core, its bytes, or the URL it can be read from
 * @throws `InvalidArgument`; `UnsupportedFormat` for anything but a core of this version; `UnsupportedRuntime` where
 * WebAssembly cannot be compiled at run time; `Network`, `FileSystem` for a `url` that cannot be read.
 * @example
 * await init({ bytes: await readFile('dist/core.strict.wasm') });
 */
export async function init(source: CoreSource): Promise<void> {
  const { fileOf, moduleOf } = await import('./givenCore.ts'); // most programs give none
  const module = await moduleOf(source);
  given.set(fileOf(module), module);
}

/** What {@link init} was given. */
export function givenCores(): CoreModules {
  return given;
}

/** A decoder of pictures: what was given to {@link init}, else what the platform finds, once. */
export function decoderModule(file: DecoderFile): Promise<WebAssembly.Module> {
  const module = given.get(file);
  if (module) return Promise.resolve(module);
  const loading =
    found.get(file) ??
    platform.core(file).catch((error) => {
      found.delete(file);
      throw error;
    });
  found.set(file, loading);
  return loading;
}

const found = new Map<DecoderFile, Promise<WebAssembly.Module>>();
const DECODERS: readonly WasmFile[] = ['core.picture.wasm', 'core.webp.wasm'];

/** What {@link init} was given, less decoders. */
export function givenEngines(): WasmFile[] {
  return [...given.keys()].filter((file) => !DECODERS.includes(file));
}

/** Where cores come from: from what was given to {@link init}, else from what the platform finds. */
export function corePlatform(): CorePlatform {
  const cores = givenEngines();
  if (cores.length === 0) return platform;
  const has = (part: string) => cores.some((file) => file.includes(part));
  // a relaxed core that is slow is better than none
  const avoidRelaxedReason = has('strict') ? platform.avoidRelaxedReason : () => '';
  return {
    core: async (file) => {
      const module = given.get(file) ?? given.get(file.replace(/(\.threads)?\.wasm$/, '.threads.wasm') as CoreFile);
      check(module, 'UnsupportedRuntime', `Cannot start the engine: init() was given no ${file}`);
      return module;
    },
    threads: { ...platform.threads, start: has('threads') ? platform.threads.start : null },
    avoidRelaxedReason: has('relaxed') ? avoidRelaxedReason : () => 'init() was given no relaxed core',
  };
}
