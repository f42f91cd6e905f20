import type { Collected } from '../engine/collector.ts';
import type { ForwardRequest } from '../engine/session.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { EngineInfo } from '../wasm/engine.ts';
import type { StepInput, StepName, StepOutput } from './steps.ts';

/** A loaded model, wherever it lives: on the calling thread or in a worker. */
export interface ModelHandle {
  readonly config: BeitConfig;
  readonly report: LoadReport;
  /** Bytes of linear memory, or of the GPU's: weights and buffers of the last input size. */
  readonly memory: number;
  readonly engine: EngineInfo;
  /** @throws `Aborted`, `OutOfMemory`, `WorkerFailed`, `Disposed` */
  run(request: ForwardRequest, signal?: AbortSignal): Promise<Collected>;
  /** Does what comes before or after a pass where the model lives. @throws what the step throws, `Aborted`, `WorkerFailed` */
  step<K extends StepName>(name: K, input: StepInput<K>, signal?: AbortSignal): Promise<StepOutput<K>>;
  /** Writes the config and the weights; returns the names of the files. */
  save(create: CreateFile, options?: SavePretrainedOptions): Promise<string[]>;
  dispose(): void;
}
