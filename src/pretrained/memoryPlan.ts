import type { RunOptions } from '../engine/modelOptions.ts';
import { check } from '../errors.ts';
import { sizeOf } from '../math.ts';
import type { Architecture } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { ArchitectureName } from '../model/beit/config/family.ts';
import type { InputShape } from '../model/beit/state.ts';
import { OPTIONS, ownNames, type WithOtherNames } from '../options.ts';
import { quoted } from '../quoted.ts';

/** Bytes of WebAssembly or GPU memory, exactly as a model will take them. */
export interface MemoryPlan {
  /** Elements of all parameters. */
  readonly parameters: number;
  /** Packed weights and vectors. */
  readonly weights: number;
  /** Activations and the tables resized to the input, of all workers. */
  readonly buffers: number;
  /** Scratch buffers of the kernels, all threads of all workers together, and the core's own data. */
  readonly scratch: number;
  readonly total: number;
}

/** How a model would be run, and on what shape of input. */
export interface MemoryPlanOptions extends RunOptions {
  /** Default: one image of native size. */
  readonly input?: InputShape | undefined;
}

/**
 * What a model will need for an input shape (default: one image of native size), known without growing any memory: the
 * `total` is the `memory` of the loaded model, but for attentions that are asked for. With `workers` it is that of a model
 * whose workers have all run such an input.
 *
 * @param config the numbers and switches of the model
 * @param architecture the class of the model, by its name
 * @param options how it would be run, and `input`, the shape of a batch; unit: images and pixels
 * @returns bytes by purpose, and the count of parameters
 * @throws `InvalidArgument`, `InvalidConfig`, `OutOfMemory`
 * @example
 * const { total } = await memoryPlan(new BeitConfig(), 'BeitForImageClassification', { dtype: 'q8' });
 */
export async function memoryPlan(
  config: BeitConfig,
  architecture: ArchitectureName | Architecture,
  options: WithOtherNames<RunOptions> & Pick<MemoryPlanOptions, 'input'> = {},
): Promise<MemoryPlan> {
  const run = ownNames<RunOptions>(options, OPTIONS.plan);
  // a page whose models live in workers has none of it
  const { reserveModel } = await import('../engine/createModel.ts');
  const { architectureNamed } = await import('../model/beit/architectures.ts');
  const { beitState } = await import('../model/beit/state.ts');
  const modelClass = isNamed(architecture) ? await architectureNamed(architecture) : architecture;
  const { backend, parameters, model, maxBatch } = await reserveModel(config, modelClass, run);
  const weights = backend.allocated;
  const mark = backend.mark();
  try {
    const { images, ...rest } = options.input ?? { images: 1, ...config.nativeSize };
    const fits = [images, rest.height, rest.width].every((size) => Number.isInteger(size) && size > 0);
    check(fits, 'InvalidArgument', () => {
      return `Invalid input: expected positive integers, got ${quoted(options.input)}`;
    });
    const body = beitState(backend, model.body, { images: Math.min(images, maxBatch), ...rest });
    modelClass.state(backend, model, body);
  } finally {
    backend.dispose();
  }
  const { allocated, reserved } = backend;
  const { workers = 1 } = options;
  const own = mark - weights; // the core's own data is below the weights
  const sizes = [...parameters.slots.values()].map(({ shape }) => sizeOf(shape));
  return {
    parameters: sizes.reduce((a, b) => a + b, 0),
    weights,
    buffers: workers * (allocated - weights),
    scratch: own + workers * (reserved - allocated - own),
    total: mark + workers * (reserved - mark),
  };
}

/** What is neither an architecture nor the name of one is rejected by its name. */
function isNamed(architecture: ArchitectureName | Architecture): architecture is ArchitectureName {
  return !('parts' in Object(architecture));
}
