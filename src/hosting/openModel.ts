import { startModelWorker } from '#modelWorker';
import { platform } from '#platform';
import { checkModelOptions, type RunOptions } from '../engine/modelOptions.ts';
import { check } from '../errors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { checkSourceOptions, type ModelSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { StartModelWorker } from '../platform/modelWorker.ts';
import { quoted } from '../quoted.ts';
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
  if (options.workers !== undefined) return openPool(source, architecture, options);
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
  if (options.workers !== undefined) return openPool(null, architecture, { ...options, config });
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

/** @throws `InvalidArgument`; `UnsupportedRuntime` where there are no workers over one memory */
async function openPool(
  source: ModelSource | null,
  architecture: ArchitectureKey,
  options: LoadOptions,
): Promise<ModelHandle> {
  const { workers, worker, device } = options;
  const valid = Number.isInteger(workers) && workers! >= 1 && workers! <= MOST_WORKERS;
  check(valid, 'InvalidArgument', () => {
    return `Invalid workers: expected an integer of 1 to ${MOST_WORKERS}, got ${quoted(workers)}`;
  });
  check(worker !== false && device !== 'webgpu', 'InvalidArgument', () => {
    return `Invalid workers: ${worker === false ? 'worker: false was asked for' : "device 'webgpu' has none"}`;
  });
  const { threads } = platform;
  check(startModelWorker && threads.start && !platform.workerByDefault, 'UnsupportedRuntime', () => {
    return 'Cannot run several workers over one memory: Node, Deno and Bun can; a page has one worker a model';
  });
  const { PooledModel } = await import('./pooledModel.ts'); // pages have none
  return PooledModel.open(startModelWorker, threads.start, source, architecture, options);
}

/** More workers than this are a mistake. */
const MOST_WORKERS = 64;

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
