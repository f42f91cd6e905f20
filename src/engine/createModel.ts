import { platform } from '#platform';
import type { Kinds } from '../backend.ts';
import type { EngineInfo } from '../device.ts';
import { DTYPES } from '../dtype.ts';
import { check, checkChoice } from '../errors.ts';
import type { Architecture } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { beitParams } from '../model/beit/params/beitParams.ts';
import { Parameters } from '../model/beit/params/parameters.ts';
import { quoted } from '../quoted.ts';
import type { Seat, SharedCore } from '../wasm/engine.ts';
import { Regions } from '../wasm/regions.ts';
import { checkModelOptions, type RunOptions } from './modelOptions.ts';
import { openBackend } from './openBackend.ts';
import { type Placement, Session } from './session.ts';

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
  /** The core and its memory, for more engines over the same weights; null on a GPU. */
  shared(): SharedCore | null;
}

/** Parameters reserved on a new backend; no memory is grown. @throws `InvalidArgument`, `InvalidConfig`, `OutOfMemory` */
export async function reserveModel(config: BeitConfig, architecture: Architecture, options: RunOptions) {
  checkModelOptions(config, options);
  const { dtype = 'f32', maxBatch = 8 } = options;
  check(Number.isInteger(maxBatch) && maxBatch > 0, 'InvalidArgument', () => {
    return `Invalid maxBatch: expected a positive integer, got ${quoted(maxBatch)}`;
  });
  checkChoice('dtype', dtype, DTYPES);
  const parts = architecture.parts(config);
  const { backend, ready, info, shared } = await openBackend(options);
  try {
    const parameters = new Parameters<Kinds>(backend, dtype);
    const model = { body: beitParams(parameters, config, parts), head: architecture.params(parameters, config) };
    return { backend, parameters, model, maxBatch, ready, engine: info, shared };
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
  architecture: Architecture,
  options: RunOptions,
): Promise<CreatedModel> {
  const { backend, parameters, model, ...rest } = await reserveModel(config, architecture, options);
  const { maxBatch, ready, engine, shared } = rest;
  const { yieldToEventLoop, canYieldDuringPass } = platform;
  const place = options.seat && placementAt(options.seat);
  const sessionOptions = { maxBatch, yieldToEventLoop, canYieldDuringPass, ready, place };
  const session = new Session(backend, architecture, model, sessionOptions);
  try {
    session.plan({ images: 1, ...config.nativeSize });
    await ready();
    session.compile({ images: 1, ...config.nativeSize });
  } catch (error) {
    backend.dispose();
    throw error;
  }
  return { config, architecture, session, parameters, options, ready, engine, shared };
}

/** Buffers of one of several engines: in the region of its worker. */
function placementAt({ regions, index }: Seat): Placement {
  const table = new Regions(regions);
  return (base, bytes, fill) => table.place(index, base, bytes, fill);
}
