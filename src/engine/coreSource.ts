import { platform } from '#platform';
import { check, checkObject } from '../errors.ts';
import { compileBytes } from '../platform/compileCore.ts';
import { type CoreFile, instantiate, instantiateShared } from '../wasm/core.ts';
import { type CorePlatform, coreFile } from '../wasm/engine.ts';
import type { Kernels } from '../wasm/kernels.ts';

/** The WebAssembly of the engine, as whoever ships it has it: compiled, as bytes, or where it can be read. */
export type CoreSource =
  | { readonly module: WebAssembly.Module }
  | { readonly bytes: Uint8Array | ArrayBuffer }
  | { readonly url: string | URL };

/** Cores by the files they are, compiled; what crosses to a model's worker. */
export type CoreModules = ReadonlyMap<CoreFile, WebAssembly.Module>;

/** The one thing that is told for good and not call by call: where the program keeps its WebAssembly. */
const given = new Map<CoreFile, WebAssembly.Module>();

/**
 * Gives the engine its WebAssembly where it cannot find it by itself: any of `core.strict.wasm`, `core.relaxed.wasm` and
 * their `.threads` twins of this very version; which one it is, it tells itself. Once one is given, only those given are
 * used, so give every one that is to be chosen from. Models that are loaded already keep what they have.
 *
 * @throws `InvalidArgument`; `UnsupportedFormat` when it is no core; `UnsupportedRuntime` where nothing may be compiled;
 * `Network`, `FileSystem` for a `url` that cannot be read.
 * @example
 * await init({ bytes: await readFile('dist/core.strict.wasm') });
 */
export async function init(source: CoreSource): Promise<void> {
  const module = await moduleOf(source);
  given.set(fileOf(module), module);
}

/** What `init` was given; a model's worker is told the same. */
export function givenCores(): CoreModules {
  return given;
}

/** Where engines take their core from: what was given, else what the platform finds. */
export function corePlatform(): CorePlatform {
  if (given.size === 0) return platform;
  const has = (part: string) => [...given.keys()].some((file) => file.includes(part));
  return {
    core: async (file) => {
      const module = given.get(file);
      check(module, 'UnsupportedRuntime', `Cannot start the engine: init() was given no ${file}`);
      return module;
    },
    threads: { ...platform.threads, start: has('threads') ? platform.threads.start : null },
    avoidRelaxedReason: has('relaxed') ? platform.avoidRelaxedReason : 'init() was given no relaxed core',
  };
}

async function moduleOf(source: CoreSource): Promise<WebAssembly.Module> {
  checkObject('Cannot init the engine', source);
  if ('module' in source && source.module instanceof WebAssembly.Module) return source.module;
  if ('url' in source) {
    const here = globalThis.location?.href;
    const fits = URL.canParse(source.url, here);
    check(
      fits,
      'InvalidArgument',
      () => `Cannot init the engine: expected a URL, got ${typeof source.url} "${source.url}"`,
    );
    return platform.compile(new URL(source.url, here));
  }
  const isBytes = 'bytes' in source && (source.bytes instanceof ArrayBuffer || source.bytes instanceof Uint8Array);
  check(isBytes, 'InvalidArgument', 'Cannot init the engine: expected a `module`, `bytes` or a `url`');
  return compileBytes(new Uint8Array(source.bytes), 'the given bytes');
}

/** @throws `UnsupportedFormat` for a module that is no core. */
function fileOf(module: WebAssembly.Module): CoreFile {
  const exports = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  check(exports.has('linear_f32') && exports.has('relaxed'), 'UnsupportedFormat', () => {
    return `Cannot init the engine: expected a core of this version, got a module that exports [${[...exports].slice(0, 5)}]`;
  });
  const shared = WebAssembly.Module.imports(module).length > 0;
  const { relaxed }: Kernels = shared ? instantiateShared(module, smallMemory()) : instantiate(module);
  return coreFile(relaxed.value ? 'relaxed' : 'strict', shared ? 2 : 1);
}

function smallMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
}
