import type { HubOptions } from '../hub/hubFiles.ts';
import type { ThreadSupport } from '../wasm/threads/chooseThreads.ts';
import type { ModelFiles } from '../weights/byteSource.ts';
import type { FileWriter } from '../weights/saveSafetensors.ts';

/** The four builds of the core: with or without relaxed SIMD, with memory of its own or shared between threads. */
export type CoreFile =
  | 'core.strict.wasm'
  | 'core.relaxed.wasm'
  | 'core.strict.threads.wasm'
  | 'core.relaxed.threads.wasm';

/** How the hub is reached; where nothing is said, the environment that Python's huggingface_hub reads decides. */
export type HubAccess = Omit<HubOptions, 'store' | 'timing'> & {
  /** Where files are kept; ignored where there is no file system. */
  readonly cacheDir?: string;
};

/** What differs between runtimes, and only that. `#platform` resolves to one of the files beside this one. */
export interface Platform {
  readonly name: 'node' | 'deno' | 'bun' | 'web' | 'workerd';
  /** The compiled core: a module, not bytes, since some runtimes compile only ahead of time. */
  core(file: CoreFile): Promise<WebAssembly.Module>;
  /** The files of a local folder, or of the folder around a file; null when there is no such folder here. */
  folder(path: string): Promise<ModelFiles | null>;
  /** The files of a hub repository, through the cache this runtime has. */
  hub(repository: string, options: HubAccess): Promise<ModelFiles>;
  /** Makes the folder and writes files into it; null where there is no file system. */
  readonly writer: ((folder: string) => Promise<(name: string) => Promise<FileWriter>>) | null;
  /** Lets other tasks run, so that timers, requests and abort signals get their turn. */
  breathe(): Promise<void>;
  readonly threads: ThreadSupport;
  /** Why `simd: 'auto'` does not take relaxed SIMD though the engine has it, or ''. */
  readonly relaxedIsSlow: string;
}
