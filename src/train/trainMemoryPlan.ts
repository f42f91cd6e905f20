import type { BeitConfig } from '../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import type { TrainableClass } from './model/trainedClasses.ts';
import { Optimizer, type OptimizerOptions } from './optimizer/optimizer.ts';
import { TrainSession } from './trainSession.ts';
import type { TrainMemory, TrainSessionOptions } from './trainSessionOptions.ts';

export type { TrainMemory } from './trainSessionOptions.ts';

/** What is planned for. */
export interface TrainMemoryOptions extends TrainSessionOptions, OptimizerOptions {}

/**
 * Bytes of linear memory that training will take, known without growing any: weights; gradients and what the optimizer
 * keeps; buffers for one micro-batch, with what kernels work in.
 *
 * @param config the numbers and switches of the model
 * @param name the class that is trained
 * @param options pictures of a micro-batch, their size, optimizer
 * @returns bytes by purpose
 * @throws `InvalidConfig` for a class or family that cannot be trained
 * @example
 * const { total } = await trainMemoryPlan(new BeitConfig(), 'BeitForImageClassification', { images: 8 });
 */
export async function trainMemoryPlan(
  config: BeitConfig,
  name: TrainableClass,
  options: TrainMemoryOptions,
): Promise<TrainMemory> {
  checkOptions(options, OPTIONS.trainer);
  const session = await TrainSession.open(config, name, options);
  try {
    new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, options);
    return session.memory();
  } finally {
    session.dispose();
  }
}
