import { platform } from '#platform';
import { check } from '../errors.ts';
import type { CoreFile } from '../platform/platform.ts';
import {
  type CoreVariant,
  dotIsExact,
  hasRelaxedSimd,
  hasSimd,
  instantiate,
  instantiateShared,
  sharedMemory,
} from './core.ts';
import { type Dispatch, singleThread } from './dispatch.ts';
import type { Kernels } from './kernels.ts';
import { chooseThreads, type ThreadChoice } from './threads/chooseThreads.ts';
import { ThreadPool } from './threads/threadPool.ts';

/** How the engine is chosen; results never depend on it. */
export interface EngineOptions {
  /** Which core: `'auto'` takes the faster one that computes exactly here. */
  readonly simd?: 'auto' | CoreVariant;
  /** `'auto'` takes the cores of the machine, at most 8. */
  readonly threads?: 'auto' | number;
}

/** What an engine runs on. */
export interface EngineInfo {
  readonly simd: CoreVariant;
  /** Why not `relaxed`; empty when it is. */
  readonly whyNotRelaxed: string;
  readonly threads: number;
  /** What keeps the threads from being more. */
  readonly whyNotMore: string;
  readonly sharedMemory: boolean;
}

type SimdChoice = Pick<EngineInfo, 'simd' | 'whyNotRelaxed'>;

/** A core over its memory, and who runs its kernels. */
export interface Engine {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly dispatch: Dispatch;
  /** What runs, once `dispatch.ready()` has resolved. */
  info(): EngineInfo;
}

/**
 * Chooses a core, instantiates it and prepares its threads; `dispatch.ready()` starts them.
 *
 * @throws `UnsupportedRuntime` when what was asked for is not there, `InvalidArgument`, `OutOfMemory`
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const choice = chooseSimd(options.simd ?? 'auto');
  const plan = chooseThreads(options.threads ?? 'auto', platform.threads);
  const engine = await openCore(choice.simd, plan.threads);
  if (choice.simd === 'strict' || dotIsExact(engine.kernels)) return assemble(engine, choice, plan, options);
  check(options.simd !== 'relaxed', 'UnsupportedRuntime', `Cannot start the engine with relaxed SIMD: ${INEXACT}`);
  const strict = await openCore('strict', plan.threads);
  return assemble(strict, { simd: 'strict', whyNotRelaxed: INEXACT }, plan, options);
}

const INEXACT = 'its integer dot computes wrong sums here';

interface OpenCore {
  readonly module: WebAssembly.Module;
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

async function openCore(simd: CoreVariant, threads: number): Promise<OpenCore> {
  const file: CoreFile = `core.${simd}${threads > 1 ? '.threads' : ''}.wasm`;
  const module = await platform.core(file);
  if (threads === 1) {
    const kernels = instantiate(module);
    return { module, kernels, memory: kernels.memory };
  }
  const memory = sharedMemory();
  return { module, kernels: instantiateShared(module, memory), memory };
}

function assemble(core: OpenCore, simd: SimdChoice, plan: ThreadChoice, options: EngineOptions): Engine {
  const { kernels, memory } = core;
  const { cores, start } = platform.threads;
  const orElseAlone = (options.threads ?? 'auto') === 'auto';
  const dispatch =
    plan.threads === 1
      ? singleThread(kernels)
      : new ThreadPool({ ...core, startThread: start!, threads: plan.threads, cores, orElseAlone });
  const info = () => ({
    ...simd,
    threads: dispatch.aloneBecause ? 1 : plan.threads,
    whyNotMore: dispatch.aloneBecause || plan.whyNotMore,
    sharedMemory: plan.threads > 1,
  });
  return { kernels, memory, dispatch, info };
}

/** @throws `UnsupportedRuntime` when there is no SIMD, or no relaxed SIMD though it was asked for. */
export function chooseSimd(wanted: 'auto' | CoreVariant): SimdChoice {
  const known = wanted === 'auto' || wanted === 'strict' || wanted === 'relaxed';
  check(known, 'InvalidArgument', `Invalid simd: expected 'auto', 'strict' or 'relaxed', got ${wanted}`);
  check(hasSimd(), 'UnsupportedRuntime', 'Cannot start the engine: this runtime has no WebAssembly SIMD');
  if (wanted === 'strict') return { simd: 'strict', whyNotRelaxed: "simd: 'strict' was asked for" };
  const missing = hasRelaxedSimd() ? '' : 'this runtime has no relaxed SIMD';
  if (wanted === 'relaxed') {
    check(!missing, 'UnsupportedRuntime', `Cannot start the engine with relaxed SIMD: ${missing}`);
    return { simd: 'relaxed', whyNotRelaxed: '' };
  }
  const why = missing || platform.relaxedIsSlow;
  return { simd: why ? 'strict' : 'relaxed', whyNotRelaxed: why };
}
