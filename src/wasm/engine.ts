import { ARITHMETICS, type Arithmetic, type CoreVariant, type EngineInfo, type EngineOptions } from '../device.ts';
import { type Dtype, isQuantizedDtype } from '../dtype.ts';
import { check, checkChoice } from '../errors.ts';
import { type CorePlatform, chooseSimd, coreFile, type SimdChoice } from './chooseCore.ts';
import { hasRelaxedSimd, importsMemory, instantiate, instantiateShared, sharedMemory } from './core.ts';
import { type Dispatch, singleThread } from './dispatch.ts';
import type { Kernels } from './kernels.ts';
import { chooseForm, dotIsExact, loweringOf } from './lowering.ts';
import { Regions } from './regions.ts';
import { chooseThreads, type ThreadChoice } from './threads/chooseThreads.ts';
import type { StartThread } from './threads/thread.ts';
import { ThreadPool } from './threads/threadPool.ts';

/** {@link EngineOptions}, and what only the library sets. */
export interface CoreOptions extends EngineOptions {
  /** @internal Starts the threads instead of this runtime. */
  readonly startThread?: StartThread | undefined;
  /** How the weights of the model are kept; some runtimes run another core faster for integers. */
  readonly dtype?: Dtype | undefined;
  /**
   * Workers that run passes of this model side by side, over one copy of its weights; Node, Deno and Bun only. A call takes a
   * worker that is free, or waits for one, and then its pass runs on the `threads` that the other passes leave over. When a
   * worker terminates, its pass is rejected with `WorkerFailed`, and the next call replaces it: weights are not loaded again.
   * Default of `threads`: the cores, divided among the workers. Default: see `worker`.
   */
  readonly workers?: number | undefined;
  /** @internal The place of an engine among those of one memory. */
  readonly seat?: Seat | undefined;
}

/** What engines over one memory have in common: the choices that the first of them made, and its memory. */
export interface SharedCore {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly choice: CoreChoice;
  readonly form: number;
}

/** One of the engines over one memory. */
export interface Seat {
  readonly index: number;
  /** Of {@link Regions}. */
  readonly regions: SharedArrayBuffer;
  /** Null for the first, which makes the memory. */
  readonly core: SharedCore | null;
}

type CoreChoice = SimdChoice & { readonly arithmetic: Arithmetic };

/** A core over its memory, and what runs its kernels. */
export interface Engine {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly dispatch: Dispatch;
  /** What runs, once `dispatch.ready()` has resolved. */
  info(): EngineInfo;
  /** What more engines over the same memory are opened with; the memory is one that threads share. */
  shared(): SharedCore;
}

/**
 * Chooses a core, instantiates it and prepares its threads; `dispatch.ready()` starts them.
 *
 * @throws `UnsupportedRuntime` when what was asked for is not there, `InvalidArgument`, `OutOfMemory`
 */
export async function openEngine(platform: CorePlatform, options: CoreOptions = {}): Promise<Engine> {
  const threads = options.startThread ? { ...platform.threads, start: options.startThread } : platform.threads;
  checkChoice('arithmetic', options.arithmetic, ARITHMETICS);
  const plan = chooseThreads(options.threads ?? 'auto', threads, undefined, options.workers);
  if (options.seat?.core) return attach(platform, options.seat.core, plan, options);
  if (options.arithmetic === 'fused') return openFused(platform, plan, options);
  const choice = {
    ...chooseSimd(platform, options.simd ?? 'auto', isQuantizedDtype(options.dtype)),
    arithmetic: STRICT,
  };
  const engine = await openCore(platform, choice.simd, plan, options);
  if (choice.simd === 'strict') return assemble(platform, engine, choice, plan, options);
  if (dotIsExact(engine.kernels)) return assemble(platform, engine, choice, plan, options);
  check(options.simd !== 'relaxed', 'UnsupportedRuntime', `Cannot start the engine with relaxed SIMD: ${INEXACT}`);
  const strict = await openCore(platform, 'strict', plan, options);
  return assemble(platform, strict, { simd: 'strict', simdReason: INEXACT, arithmetic: STRICT }, plan, options);
}

/** The core with fused arithmetic, where it fuses. */
async function openFused(platform: CorePlatform, plan: ThreadChoice, options: CoreOptions): Promise<Engine> {
  const cannot = (reason: string) => `Cannot compute with arithmetic 'fused': ${reason}`;
  check(options.simd !== 'strict', 'InvalidArgument', cannot("it needs relaxed SIMD, got simd 'strict'"));
  check(hasRelaxedSimd(), 'UnsupportedRuntime', cannot('this runtime has no relaxed SIMD'));
  const core = await openCore(platform, 'relaxed', plan, options);
  check(core.kernels.fused.value, 'UnsupportedRuntime', cannot('this entry has no core for it; give one to init()'));
  const { fusedMultiplyAdd } = loweringOf(core.kernels);
  check(
    fusedMultiplyAdd,
    'UnsupportedRuntime',
    cannot('this engine rounds products before it adds them on this processor'),
  );
  check(dotIsExact(core.kernels), 'UnsupportedRuntime', cannot(INEXACT));
  return assemble(platform, core, { simd: 'relaxed', simdReason: '', arithmetic: 'fused' }, plan, options);
}

const STRICT: Arithmetic = 'strict';
const INEXACT = 'its integer dot computes wrong sums here';

interface OpenCore {
  readonly module: WebAssembly.Module;
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

async function openCore(
  platform: CorePlatform,
  simd: CoreVariant,
  { threads }: ThreadChoice,
  { workers, arithmetic }: CoreOptions,
): Promise<OpenCore> {
  const module = await platform.core(coreFile(simd, workers === undefined ? threads : 2, arithmetic));
  const shared = importsMemory(module) ? sharedMemory() : null;
  const kernels = shared ? instantiateShared(module, shared) : instantiate(module);
  chooseForm(kernels);
  return { module, kernels, memory: shared ?? kernels.memory };
}

/** One more engine over a memory that has weights already: nothing may be probed or written in it. */
function attach(platform: CorePlatform, shared: SharedCore, plan: ThreadChoice, options: CoreOptions): Engine {
  const { module, memory, choice, form } = shared;
  const kernels = instantiateShared(module, memory);
  kernels.form.value = form;
  return assemble(platform, { module, memory, kernels }, choice, plan, options);
}

function assemble(
  platform: CorePlatform,
  core: OpenCore,
  choice: CoreChoice,
  plan: ThreadChoice,
  options: CoreOptions,
): Engine {
  const { kernels, memory } = core;
  const { cores, start, watch } = platform.threads;
  const fallBackToOneThread = (options.threads ?? 'auto') === 'auto';
  const dispatch =
    plan.threads === 1
      ? singleThread(kernels)
      : new ThreadPool({
          ...core,
          startThread: (options.startThread ?? start)!,
          // threads that are started elsewhere are watched there
          watch: options.startThread ? undefined : watch,
          threads: plan.threads,
          cores,
          free: options.seat && freeThreads(options.seat, plan.threads),
          fallBackToOneThread,
        });
  const info = () => ({
    device: 'wasm' as const,
    adapter: '',
    ...choice,
    threads: dispatch.fallbackReason ? 1 : plan.threads,
    threadsReason: dispatch.fallbackReason || plan.threadsReason,
    sharedMemory: plan.threads > 1 || options.workers !== undefined,
  });
  const shared = () => ({ module: core.module, memory, choice, form: kernels.form.value as number });
  return { kernels, memory, dispatch, info, shared };
}

/** The threads of a model, divided among its passes. */
function freeThreads({ regions }: Seat, threads: number): () => number {
  const table = new Regions(regions);
  return () => Math.max(1, Math.floor(threads / table.passes));
}
