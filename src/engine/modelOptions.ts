import type { Dtype } from '../dtype.ts';
import { check, checkObject } from '../errors.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { CoreOptions } from '../wasm/engine.ts';

/** How a model runs. */
export interface RunOptions extends CoreOptions {
  /** How weights are kept. Default: as this library saved them, else `f32`. */
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

/** @throws `InvalidArgument` unless these are a config and options */
export function checkModelOptions(config: BeitConfig, options: RunOptions): void {
  check(config?.nativeSize, 'InvalidArgument', 'Invalid config: expected a BeitConfig; BeitConfig.fromJSON makes one');
  checkObject('Invalid options', options);
}
