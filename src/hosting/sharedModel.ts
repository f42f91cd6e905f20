import { type CoreModules, givenCores, init } from '../engine/coreSource.ts';
import { createModel } from '../engine/createModel.ts';
import { check } from '../errors.ts';
import type { LoadedModel, LoadOptions } from '../loading/loadModel.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import type { SharedCore } from '../wasm/engine.ts';
import type { StartThread } from '../wasm/threads/thread.ts';

/** A loaded model as another worker opens it again, over the same memory and without its files: plain data. */
export interface SharedModel {
  readonly core: SharedCore;
  readonly architecture: ArchitectureKey;
  readonly config: unknown;
  /** Parameters that are not in the memory of the core, such as position tables. */
  readonly vectors: readonly Float32Array[];
  readonly report: LoadReport;
  readonly options: Pick<LoadOptions, 'dtype' | 'maxBatch' | 'threads' | 'workers'>;
  readonly cores: CoreModules;
}

/** What `attach` takes. */
export interface AttachCall {
  readonly shared: SharedModel;
  readonly index: number;
  readonly regions: SharedArrayBuffer;
}

/** What other workers need of a model to compute with its weights. */
export function sharedModelOf(model: LoadedModel): SharedModel {
  const core = model.shared();
  check(core, 'UnsupportedRuntime', 'Cannot share the model: its weights are not in shared memory');
  const { name, variant } = model.architecture;
  const { dtype, maxBatch, threads, workers } = model.options;
  return {
    core,
    architecture: { name, variant },
    config: model.config.toJSON(),
    vectors: model.parameters.unpacked,
    report: model.report,
    options: { dtype, maxBatch, threads, workers },
    cores: givenCores(),
  };
}

/**
 * A model over weights that are in memory already. Its parameters are reserved again, which is arithmetic and gives the same
 * addresses; nothing is written but its own buffers.
 */
export async function attachModel(
  { shared, index, regions }: AttachCall,
  startThread: StartThread,
): Promise<LoadedModel> {
  for (const module of shared.cores.values()) await init({ module });
  const { name, variant } = shared.architecture;
  const seat = { index, regions, core: shared.core };
  const options = { ...shared.options, seat, startThread };
  const model = await createModel(BeitConfig.fromJSON(shared.config), await architectureNamed(name, variant), options);
  for (const [i, vector] of model.parameters.unpacked.entries()) vector.set(shared.vectors[i]);
  return { ...model, report: shared.report };
}
