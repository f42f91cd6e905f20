import type { Architecture } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config.ts';
import { beitState, type InputShape } from '../model/beit/state.ts';
import { type RunOptions, reserveModel } from './createModel.ts';

/** Bytes of linear memory, exactly as a model will take them. */
export interface MemoryPlan {
  /** Elements of all parameters. */
  readonly parameters: number;
  /** Packed weights and vectors. */
  readonly weights: number;
  /** Activations and the tables resized to the input. */
  readonly buffers: number;
  /** What kernels work in, all threads together. */
  readonly scratch: number;
  readonly total: number;
}

/**
 * What a model will need for an input shape (default: one image of native size), known without growing any memory.
 *
 * @example
 * const { total } = await memoryPlan(new BeitConfig(), architecture, { dtype: 'f32' });
 */
export async function memoryPlan(
  config: BeitConfig,
  architecture: Architecture,
  options: RunOptions & { input?: InputShape } = {},
): Promise<MemoryPlan> {
  const { backend, parameters, model } = await reserveModel(config, architecture, options);
  const start = backend.base;
  const weightsEnd = backend.mark();
  const body = beitState(backend, model.body, options.input ?? { images: 1, ...config.nativeSize });
  architecture.state(backend, model, body);
  const buffersEnd = backend.mark();
  const total = backend.reserved;
  backend.dispose();
  const sizes = [...parameters.slots.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return {
    parameters: sizes.reduce((a, b) => a + b, 0),
    weights: weightsEnd - start,
    buffers: buffersEnd - weightsEnd,
    scratch: total - buffersEnd,
    total,
  };
}
