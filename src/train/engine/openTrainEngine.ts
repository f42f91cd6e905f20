/// <reference path="../../platform/wasm.d.ts" />
import { platform } from '#platform';
import { check } from '../../errors.ts';
import { compileBytes } from '../../platform/compileCore.ts';
import { hasSimd, instantiate, instantiateShared, sharedMemory } from '../../wasm/core.ts';
import { type Dispatch, singleThread } from '../../wasm/dispatch.ts';
import type { Kernels } from '../../wasm/kernels.ts';
import { chooseThreads } from '../../wasm/threads/chooseThreads.ts';
import { ThreadPool } from '../../wasm/threads/threadPool.ts';
import type { TrainKernels } from './kernels.ts';
import threaded from './train.threads.wasm?bytes';
import single from './train.wasm?bytes';

/** A core for training over its memory, and what runs its kernels. */
export interface TrainEngine {
  readonly kernels: TrainKernels;
  readonly memory: WebAssembly.Memory;
  readonly dispatch: Dispatch;
}

/**
 * Opens the core for training, which is inside the script, on as many threads as models for inference would take.
 *
 * @throws `UnsupportedRuntime`, `InvalidArgument`, `OutOfMemory`
 */
export async function openTrainEngine(wanted: 'auto' | number = 'auto'): Promise<TrainEngine> {
  check(hasSimd(), 'UnsupportedRuntime', 'Cannot start the engine: this runtime has no WebAssembly SIMD');
  const { start, watch, cores } = platform.threads;
  const { threads } = chooseThreads(wanted, platform.threads);
  if (threads === 1) {
    const kernels = instantiate(await compileBytes(bytesOf(single), 'the core for training'));
    return { kernels: asTraining(kernels), memory: kernels.memory, dispatch: singleThread(kernels) };
  }
  const module = await compileBytes(bytesOf(threaded), 'the core for training');
  const memory = sharedMemory();
  const kernels = instantiateShared(module, memory);
  const fallBackToOneThread = wanted === 'auto';
  const parts = { module, kernels, memory, startThread: start!, watch, threads, cores, fallBackToOneThread };
  return { kernels: asTraining(kernels), memory, dispatch: new ThreadPool(parts) };
}

const asTraining = (kernels: Kernels) => kernels as unknown as TrainKernels;
const bytesOf = (bytes: unknown) => bytes as Uint8Array<ArrayBuffer>;
