import type { HubOptions } from '../hub/hubFiles.ts';
import type { CorePlatform } from '../wasm/chooseCore.ts';
import type { WasmFile } from '../wasm/core.ts';
import type { OpenGpu, OpenGpuOptions } from '../webgpu/openGpu.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import type { FileWriter } from '../weights/save/saveSafetensors.ts';

/** How the hub is reached; where nothing is said, the environment that Python's huggingface_hub reads decides. */
export type HubAccess = Omit<HubOptions, 'store' | 'timing'> & {
  /** Where files are kept; ignored where there is no file system. Default: the cache of `huggingface_hub`. */
  readonly cacheDir?: string | undefined;
};

/** What differs between runtimes, and only that. `#platform` resolves to one of the files beside this one. */
export interface Platform extends CorePlatform {
  readonly name: 'node' | 'deno' | 'bun' | 'web' | 'workerd' | 'edge-light';
  /** As {@link CorePlatform.core}, and for the decoder of WebP. */
  core(file: WasmFile): Promise<WebAssembly.Module>;
  /** As the runtime states it. */
  readonly version: string;
  /** Compiles a core that is elsewhere. */
  compile(url: URL): Promise<WebAssembly.Module>;
  /** The files of a local folder, or of the folder around a file; null when there is no such folder here. */
  folder(path: string): Promise<ModelFiles | null>;
  /** The files of a hub repository, through the cache this runtime has. */
  hub(repository: string, options: HubAccess): Promise<ModelFiles>;
  /** Makes the folder and writes files into it; null where there is no file system. */
  readonly writer: ((folder: string) => Promise<(name: string) => Promise<FileWriter>>) | null;
  /** Lets other tasks run, so that timers, requests and abort signals get their turn. */
  yieldToEventLoop(): Promise<void>;
  /**
   * Whether a pass may call {@link Platform.yieldToEventLoop} before its end. False in a Cloudflare Worker: a timer there
   * ends with the request that set it, and a request that waits for the promise of another may wait for ever; workerd drops
   * some after 16,000 passes.
   */
  readonly canYieldDuringPass: boolean;
  /** What opens a GPU; not in runtimes without WebGPU. */
  readonly webgpu?: () => Promise<{ openGpu(options: OpenGpuOptions): Promise<OpenGpu> }>;
  /** What lets V8 join vectors; not in runtimes whose compiler takes no orders at run time. */
  readonly wideVectors?: {
    missing(): string;
    set(on: boolean): void;
    optimized<T>(work: () => T): T;
  };
  /** Whether a model lives in a worker unless `worker: false` is given: the main thread of a page must not wait. */
  readonly workerByDefault: boolean;
}
