import type { CoreVariant, EngineInfo } from '../device.ts';
import { check } from '../errors.ts';
import { quoted } from '../quoted.ts';
import { type CoreFile, hasRelaxedSimd, hasSimd } from './core.ts';
import type { ThreadSupport } from './threads/chooseThreads.ts';

/** What an engine needs of its runtime. */
export interface CorePlatform {
  /**
   * The compiled core: a module, not bytes, since some runtimes compile only ahead of time. A build for threads may be used
   * for the one without; it runs on one thread too.
   */
  core(file: CoreFile): Promise<WebAssembly.Module>;
  readonly threads: ThreadSupport;
  /** Why `simd: 'auto'` does not take relaxed SIMD though the engine has it, or ''; `integers`: for weights that are integers. */
  avoidRelaxedReason(integers: boolean): string;
}

/** Which SIMD runs, and why not relaxed. */
export type SimdChoice = Pick<EngineInfo, 'simd' | 'simdReason'>;

/** The build of the core that runs on so many threads. */
export function coreFile(
  simd: CoreVariant,
  threads: number,
  arithmetic: EngineInfo['arithmetic'] = 'strict',
): CoreFile {
  return `core.${arithmetic === 'fused' ? arithmetic : simd}${threads > 1 ? '.threads' : ''}.wasm`;
}

/** @throws `UnsupportedRuntime` when there is no SIMD, or no relaxed SIMD though it was asked for. */
export function chooseSimd(platform: CorePlatform, wanted: 'auto' | CoreVariant, integers = false): SimdChoice {
  const known = wanted === 'auto' || wanted === 'strict' || wanted === 'relaxed';
  check(known, 'InvalidArgument', `Invalid simd: expected 'auto', 'strict' or 'relaxed', got ${quoted(wanted)}`);
  check(hasSimd(), 'UnsupportedRuntime', 'Cannot start the engine: this runtime has no WebAssembly SIMD');
  if (wanted === 'strict') return { simd: 'strict', simdReason: "simd: 'strict' was asked for" };
  const missing = hasRelaxedSimd() ? '' : 'this runtime has no relaxed SIMD';
  if (wanted === 'relaxed') {
    check(!missing, 'UnsupportedRuntime', `Cannot start the engine with relaxed SIMD: ${missing}`);
    return { simd: 'relaxed', simdReason: '' };
  }
  const why = missing || platform.avoidRelaxedReason(integers);
  return { simd: why ? 'strict' : 'relaxed', simdReason: why };
}
