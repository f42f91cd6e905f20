import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ModelFiles } from '../weights/byteSource.ts';
import { fileSource } from './node/fileSource.ts';
import type { CoreFile, Platform } from './platform.ts';

/** Node; Deno and Bun offer the same built-ins. */
export const platform: Platform = {
  name: 'node',
  core: async (file: CoreFile) => WebAssembly.compile(await readFile(new URL(`./${file}`, import.meta.url))),
  folder: folderFiles,
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

async function folderFiles(path: string): Promise<ModelFiles | null> {
  const found = await stat(path).catch(() => null);
  if (!found) return null;
  const folder = found.isDirectory() ? path : dirname(path);
  return { open: (name) => fileSource(folder, name) };
}
