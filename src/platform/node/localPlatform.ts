import { readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import type { ModelFiles } from '../../weights/bytes/byteSource.ts';
import { compileBytes, fetchCore } from '../compileCore.ts';
import type { Platform } from '../platform.ts';
import { embeddedCore } from './embeddedCores.ts';
import { fileSource } from './fileSource.ts';
import { fileSystemError, isDenied, onDisk } from './fileSystemError.ts';
import { folderWriter } from './folderWriter.ts';
import { nodeHubFiles } from './hubFiles.ts';
import { threadStarter } from './startThread.ts';

/** What Node, Deno and Bun have in common: files, threads, and cores inside the script, so that bundlers need no configuration. */
export const localPlatform = {
  core: embeddedCore,
  compile,
  folder: folderFiles,
  hub: (repository, options) => nodeHubFiles(repository, options),
  writer: folderWriter,
  yieldToEventLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
  canYieldDuringPass: true,
  workerByDefault: false,
  threads: { cores: availableParallelism(), start: threadStarter() },
} satisfies Partial<Platform>;

/** A script may itself come from the network, in Deno. */
async function compile(url: URL): Promise<WebAssembly.Module> {
  if (url.protocol !== 'file:') return fetchCore(url);
  const bytes = await onDisk(`read ${url.pathname}`, () => readFile(url));
  return compileBytes(new Uint8Array(bytes), url.pathname);
}

async function folderFiles(path: string): Promise<ModelFiles | null> {
  const found = await stat(path).catch((cause) => {
    if (isDenied(cause)) throw fileSystemError(`look at ${path}`, cause);
    return null;
  });
  if (!found) return null;
  if (found.isDirectory()) return { open: (name) => fileSource(path, name) };
  return { file: basename(path), open: (name) => fileSource(dirname(path), name) };
}
