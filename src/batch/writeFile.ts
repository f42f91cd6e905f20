import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BeitError, reason } from '../errors.ts';
import { quoted } from '../quoted.ts';

/**
 * Writes a file so that it is there whole or not at all: beside its place, to the disk, then under its name.
 *
 * @returns the SHA-256 of the bytes
 * @throws `FileSystem`
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<string> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw new BeitError('FileSystem', `Cannot write ${quoted(path)}: ${reason(cause)}`, { cause });
  }
  return createHash('sha256').update(bytes).digest('hex');
}
