import { readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import type { CoreFile } from '../../wasm/core.ts';
import type { ModelFiles } from '../../weights/byteSource.ts';
import type { Platform } from '../platform.ts';
import { fileSource } from './fileSource.ts';
import { folderWriter } from './folderWriter.ts';
import { nodeHubFiles } from './hubFiles.ts';
import { threadStarter } from './startThread.ts';

/** What Node, Deno and Bun have in common: files, threads and a core that lies beside the script. */
export const localPlatform = {
  core: async (file: CoreFile) => WebAssembly.compile(await readFile(new URL(`./${file}`, import.meta.url))),
  folder: folderFiles,
  hub: (repository, options) => nodeHubFiles(repository, options),
  writer: folderWriter,
  breathe: () => new Promise<void>((resolve) => setImmediate(resolve)),
  startModelWorker: null,
  threads: { cores: availableParallelism(), start: threadStarter() },
} satisfies Partial<Platform>;

async function folderFiles(path: string): Promise<ModelFiles | null> {
  const found = await stat(path).catch(() => null);
  if (!found) return null;
  if (found.isDirectory()) return { open: (name) => fileSource(path, name) };
  return { file: basename(path), open: (name) => fileSource(dirname(path), name) };
}
