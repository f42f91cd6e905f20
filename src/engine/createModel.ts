import { platform } from '#platform';
import type { Kinds } from '../backend.ts';
import type { EngineInfo } from '../device.ts';
import { DTYPES, type Dtype } from '../dtype.ts';
import { check, checkChoice, checkObject } from '../errors.ts';
import { type Architecture, type ModelArchitecture, openArchitecture } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { beitParams } from '../model/beit/params/beitParams.ts';
import { Parameters } from '../model/beit/params/parameters.ts';
import { quoted } from '../quoted.ts';
import type { CoreOptions } from '../wasm/engine.ts';
import { openBackend } from './openBackend.ts';
import { Session } from './session.ts';

/** How a model runs. */
export interface RunOptions extends CoreOptions {
  /** How weights are kept. Default: as this library saved them, else `f32`; on a GPU `f16` for those that are integers. */
  readonly dtype?: Dtype | undefined;
  /** Images computed at once; larger batches run in turns. Results do not depend on it. Default 8. */
  readonly maxBatch?: number | undefined;
  /**
   * Whether the model lives in a worker, so that the page never waits. Default: true on the main thread of a page. When the
   * worker dies, what is pending is rejected with `WorkerFailed` and the next call loads the model into another; a model
   * that was loaded from bytes in memory (not a `Blob`) must be loaded again by the caller.
   */
  readonly worker?: boolean | undefined;
}

/** A model whose memory is reserved and grown, its slots still empty. */
export interface CreatedModel {
  readonly config: BeitConfig;
  readonly architecture: Architecture;
  readonly session: Session;
  readonly parameters: Parameters<Kinds>;
  readonly options: RunOptions;
  /** Resolves when it can compute. @throws `WorkerFailed`, `OutOfMemory`, `DeviceLost` */
  ready(): Promise<void>;
  /** What it runs on. */
  engine(): EngineInfo;
}

/** @throws `InvalidArgument` unless these are a config and options */
export function checkModelOptions(config: BeitConfig, options: RunOptions): void {
  check(config?.nativeSize, 'InvalidArgument', 'Invalid config: expected a BeitConfig; BeitConfig.fromJSON makes one');
  checkObject('Invalid options', options);
}

/** Parameters reserved on a new backend; no memory is grown. @throws `InvalidArgument`, `InvalidConfig`, `OutOfMemory` */
export async function reserveModel(config: BeitConfig, given: ModelArchitecture, options: RunOptions) {
  checkModelOptions(config, options);
  const { dtype = 'f32', maxBatch = 8 } = options;
  check(Number.isInteger(maxBatch) && maxBatch > 0, 'InvalidArgument', () => {
    return `Invalid maxBatch: expected a positive integer, got ${quoted(maxBatch)}`;
  });
  checkChoice('dtype', dtype, DTYPES);
  const architecture = await openArchitecture(given);
  const parts = architecture.parts(config);
  const { backend, ready, info } = await openBackend(options);
  try {
    const parameters = new Parameters<Kinds>(backend, dtype);
    const model = { body: beitParams(parameters, config, parts), head: architecture.params(parameters, config) };
    return { architecture, backend, parameters, model, maxBatch, ready, engine: info };
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

/**
 * Reserves parameters and the buffers for one image of native size, and grows memory to exactly that.
 *
 * @throws `InvalidArgument`, `InvalidConfig`, `OutOfMemory`, `UnsupportedRuntime`, `WorkerFailed`
 */
export async function createModel(
  config: BeitConfig,
  given: ModelArchitecture,
  options: RunOptions,
): Promise<CreatedModel> {
  const { architecture, backend, parameters, model, maxBatch, ready, engine } = await reserveModel(
    config,
    given,
    options,
  );
  const { yieldToEventLoop, canYieldDuringPass } = platform;
  const session = new Session(backend, architecture, model, { maxBatch, yieldToEventLoop, canYieldDuringPass, ready });
  try {
    session.plan({ images: 1, ...config.nativeSize });
    await ready();
  } catch (error) {
    backend.dispose();
    throw error;
  }
  return { config, architecture, session, parameters, options, ready, engine };
}
