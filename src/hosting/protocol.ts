import type { EngineInfo } from '../device.ts';
import type { PassOutputs } from '../engine/batchedOutputs.ts';
import type { CoreModules } from '../engine/coreSource.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import { isModelFiles, type ModelSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import type { ImageTaskInput, ImageTaskName } from './imageTasks.ts';

/** The options that are plain data. */
export type PlainOptions = Omit<
  LoadOptions,
  'config' | 'onProgress' | 'onWarning' | 'signal' | 'fetch' | 'worker' | 'startThread'
>;

/** What `load` takes; without a source the model is initialized at random. */
export interface LoadCall {
  readonly architecture: ArchitectureKey;
  /** Opened in the worker, of the hub at `revision`; `page`: read through the page's `openFile` and `readFile`. */
  readonly source:
    | { readonly source: ModelSource; readonly revision?: string }
    | { readonly page: Pick<ModelFiles, 'file' | 'reportsProgress'> }
    | null;
  /** A config as JSON, instead of the source's. */
  readonly config: unknown;
  readonly options: PlainOptions;
  /** What the page gave to `init`. */
  readonly cores: CoreModules;
}

/** What the page knows of a model in a worker. */
export interface Description {
  readonly config: unknown;
  readonly report: LoadReport;
  readonly memory: number;
  readonly engine: EngineInfo;
}

/** What `runImageTask` takes. */
export interface ImageTaskCall {
  readonly name: ImageTaskName;
  readonly input: ImageTaskInput<ImageTaskName>;
}

/** What `run` gives; its tensors have lost their class. */
export interface RunAnswer {
  readonly outputs: PassOutputs;
  readonly memory: number;
  readonly engine: EngineInfo;
}

/** Bytes are not kept for a second time: they may be most of the memory that the page has. */
export function canReopen(source: ModelSource | null): boolean {
  if (source === null || typeof source === 'string' || source instanceof Blob) return true;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return false;
  return isModelFiles(source) || Object.values(source).every((part) => part instanceof Blob);
}

/** The options without the functions, signals and objects that cannot cross. */
export function plainOptions(options: LoadOptions): PlainOptions {
  const { config: _, onProgress: _1, signal: _2, fetch: _3, worker: _4, startThread: _5, ...others } = options;
  const { onWarning: _6, ...rest } = others;
  return rest;
}

/** A path that begins with a dot or a slash is relative to the page, not to the script of the worker. */
export function absolute(source: string): string {
  const relative = typeof document === 'object' && /^\.{0,2}\//.test(source);
  return relative ? new URL(source, document.baseURI).href : source;
}
