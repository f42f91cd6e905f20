import { startModelWorker } from '#modelWorker';
import { platform } from '#platform';
import { checkModelOptions, type RunOptions } from '../engine/modelOptions.ts';
import { check } from '../errors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { checkSourceOptions, type ModelSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { StartModelWorker } from '../platform/modelWorker.ts';
import type { ModelHandle } from './modelHandle.ts';
import { RemoteModel } from './remoteModel.ts';

/** What loads and runs a model is not fetched by a page whose models live in workers. */
const local = () => import('./localModel.ts');

/** Loads a model where it is to live: in a worker on the main thread of a page or when asked for, else right here. */
export async function openModel(
  source: ModelSource,
  architecture: ArchitectureKey,
  options: LoadOptions,
): Promise<ModelHandle> {
  checkSourceOptions(options);
  const remote = await startRemote(options.worker);
  if (remote) return loadRemote(remote, source, architecture, options);
  const { openLocal } = await local();
  return openLocal(source, architecture, options);
}

/** A randomly initialized model, where it is to live. */
export async function createModelFrom(
  config: BeitConfig,
  architecture: ArchitectureKey,
  options: RunOptions & { seed?: number | undefined },
): Promise<ModelHandle> {
  checkModelOptions(config, options);
  const remote = await startRemote(options.worker);
  if (remote) return loadRemote(remote, null, architecture, { ...options, config });
  const { createLocal } = await local();
  return createLocal(config, architecture, options);
}

/** @throws `UnsupportedRuntime` or `WorkerFailed` when a worker was asked for and cannot be had. */
export async function startRemote(
  worker: boolean | undefined,
  start: StartModelWorker | null = startModelWorker,
  byDefault: boolean = platform.workerByDefault,
): Promise<RemoteModel | null> {
  if (!(worker ?? byDefault)) return null;
  const message = 'Cannot keep the model in a worker: this runtime has none that could hold it';
  check(start || !worker, 'UnsupportedRuntime', message);
  if (!start) return null;
  try {
    return await RemoteModel.start(start, platform.threads.start);
  } catch (error) {
    if (worker) throw error;
    return null;
  }
}

async function loadRemote(
  remote: RemoteModel,
  source: ModelSource | null,
  architecture: ArchitectureKey,
  options: LoadOptions,
): Promise<ModelHandle> {
  try {
    await remote.load(source, architecture, options);
    return remote;
  } catch (error) {
    remote.dispose();
    throw error;
  }
}
