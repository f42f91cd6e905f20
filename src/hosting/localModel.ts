import type { EngineInfo } from '../device.ts';
import type { PassOutputs } from '../engine/batchedOutputs.ts';
import type { RunOptions } from '../engine/modelOptions.ts';
import type { ForwardRequest } from '../engine/session.ts';
import type { CreateFile } from '../loading/createFile.ts';
import { type LoadedModel, type LoadOptions, loadModel, modelFromConfig } from '../loading/loadModel.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { ModelSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { type ImageTaskInput, type ImageTaskName, type ImageTaskOutput, runImageTask } from './imageTasks.ts';
import type { ModelHandle } from './modelHandle.ts';

/** A model on the calling thread. */
export class LocalModel implements ModelHandle {
  readonly model: LoadedModel;

  constructor(model: LoadedModel) {
    this.model = model;
  }

  get config(): BeitConfig {
    return this.model.config;
  }

  get report(): LoadReport {
    return this.model.report;
  }

  get memory(): number {
    return this.model.session.memory;
  }

  get engine(): EngineInfo {
    return this.model.engine();
  }

  run(request: ForwardRequest, signal?: AbortSignal): Promise<PassOutputs> {
    return this.model.session.run(request, signal);
  }

  runImageTask<K extends ImageTaskName>(
    name: K,
    input: ImageTaskInput<K>,
    signal?: AbortSignal,
  ): Promise<ImageTaskOutput<K>> {
    return runImageTask(name, input, signal);
  }

  async save(create: CreateFile, options?: SavePretrainedOptions): Promise<string[]> {
    const { saveModel } = await import('../loading/savePretrained.ts'); // few pages ever save a model
    return saveModel(this.model, create, options);
  }

  dispose(): void {
    this.model.session.dispose();
  }
}

/** Loads a model that lives on this thread. */
export async function openLocal(
  source: ModelSource,
  { name, variant }: ArchitectureKey,
  options: LoadOptions,
): Promise<LocalModel> {
  return new LocalModel(await loadModel(source, () => architectureNamed(name, variant), options));
}

/** A randomly initialized model that lives on this thread. */
export async function createLocal(
  config: BeitConfig,
  { name, variant }: ArchitectureKey,
  options: RunOptions & { seed?: number | undefined },
): Promise<LocalModel> {
  return new LocalModel(await modelFromConfig(config, await architectureNamed(name, variant), options));
}
