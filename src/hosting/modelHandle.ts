import type { EngineInfo } from '../device.ts';
import type { PassOutputs } from '../engine/batchedOutputs.ts';
import type { ForwardRequest } from '../engine/session.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { ImageTaskInput, ImageTaskName, ImageTaskOutput } from './imageTasks.ts';

/** A loaded model, wherever it lives: on the calling thread or in a worker. */
export interface ModelHandle {
  readonly config: BeitConfig;
  readonly report: LoadReport;
  /** Bytes of WebAssembly or GPU memory: weights and buffers of the last input size. */
  readonly memory: number;
  readonly engine: EngineInfo;
  /** @throws `Aborted`, `OutOfMemory`, `WorkerFailed`, `Disposed` */
  run(request: ForwardRequest, signal?: AbortSignal): Promise<PassOutputs>;
  /** Runs one of the {@link imageTasks} where the model is. @throws what the task throws, `Aborted`, `WorkerFailed` */
  runImageTask<K extends ImageTaskName>(
    name: K,
    input: ImageTaskInput<K>,
    signal?: AbortSignal,
  ): Promise<ImageTaskOutput<K>>;
  /** Writes the config and the weights; returns the names of the files. */
  save(create: CreateFile, options?: SavePretrainedOptions): Promise<string[]>;
  dispose(): void;
}
