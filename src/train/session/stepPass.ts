import { platform } from '#platform';
import { check, throwIfAborted } from '../../errors.ts';
import type { WasmKinds } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';
import type { StepPass } from '../model/pass.ts';
import { noDropout, Randomness } from '../model/randomness.ts';
import type { TrainState } from '../model/trainState.ts';
import type { StepRandom, TrainBatch } from '../trainSessionOptions.ts';
import { firstTrained, type SessionParts, type StepPlan } from './stepPlans.ts';

/** Writes a micro-batch into the buffers of a plan; gives the pass over it. */
export function stepPass(
  parts: SessionParts,
  { state, head }: StepPlan,
  batch: TrainBatch,
  random?: StepRandom,
): StepPass<WasmKinds> {
  const { backend, model } = parts;
  const restorePixels = () => backend.write(state.body.pixels, batch.pixels);
  restorePixels();
  if (batch.mask) writeMask(backend, state, batch.mask);
  return {
    ops: backend,
    params: model.parts.body,
    state,
    random: randomness(parts, state, batch.images, random),
    masked: batch.mask !== undefined,
    restorePixels,
    firstTrained: firstTrained(parts),
    usedBlocks: model.usedBlocks,
    addHidden: (index) => head.addHidden?.(backend, index),
  };
}

function randomness(
  { config, backend }: SessionParts,
  state: TrainState<WasmKinds>,
  images: number,
  random?: StepRandom,
): Randomness<WasmKinds> {
  const { rates = noDropout(config.numHiddenLayers), seed = 0, step = 0 } = random ?? {};
  return new Randomness(rates, seed, step, images, (factors) => {
    backend.write(state.pathFactors, factors);
    return state.pathFactors;
  });
}

function writeMask(backend: TrainBackend, { body, unmasked }: TrainState<WasmKinds>, mask: Float32Array): void {
  const patches = body.mask.rows * body.mask.cols;
  check(mask.length === patches, 'InvalidArgument', () => {
    return `Invalid mask: expected ${patches} numbers, got ${mask.length}`;
  });
  backend.write(body.mask, mask);
  backend.write(
    unmasked,
    mask.map((m) => 1 - m),
  );
}

/** The event loop turns between blocks. @throws `Aborted` */
export async function drive(pass: Generator<void, void>, signal?: AbortSignal): Promise<void> {
  for (const _ of pass) {
    throwIfAborted(signal);
    if (platform.canYieldDuringPass) await platform.yieldToEventLoop();
  }
}
