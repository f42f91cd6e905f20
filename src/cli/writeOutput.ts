import { writeFile } from 'node:fs/promises';
import { onDisk } from '../platform/node/fileSystemError.ts';

/** @throws `FileSystem` naming the file. */
export function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  return onDisk(`write ${path}`, () => writeFile(path, bytes));
}
