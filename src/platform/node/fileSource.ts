import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BeitError } from '../../errors.ts';
import type { ByteSource } from '../../weights/byteSource.ts';

const CHUNK = 1 << 20;

/**
 * A file of a folder as a source, opened anew for each call so that nothing is left to close; null when there is none.
 *
 * @throws `FileSystem` when it cannot be read, `InvalidCheckpoint` (from its methods) when it shrank meanwhile.
 * @example
 * const config = await fileSource('/models/beit', 'config.json');
 */
export async function fileSource(folder: string, name: string): Promise<ByteSource | null> {
  const path = join(folder, name);
  const found = await stat(path).catch(absent);
  if (!found?.isFile()) return null;
  return {
    name,
    size: found.size,
    read: (begin, end) => readRange(path, begin, end),
    stream: (b, e) => chunks(path, b, e),
  };
}

function absent(cause: NodeJS.ErrnoException): null {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null;
  throw new BeitError('FileSystem', `Cannot look at ${cause.path}: ${cause.code}`, { cause });
}

async function readRange(path: string, begin: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - begin);
  let at = 0;
  for await (const chunk of chunks(path, begin, end)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** One buffer for all chunks: the caller is done with a chunk when it asks for the next. */
async function* chunks(path: string, begin: number, end: number): AsyncIterable<Uint8Array> {
  const file = await open(path).catch((cause) => {
    throw new BeitError('FileSystem', `Cannot open ${path}: ${cause.code}`, { cause });
  });
  try {
    const buffer = new Uint8Array(Math.min(CHUNK, end - begin));
    for (let at = begin; at < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0)
        throw new BeitError('InvalidCheckpoint', `Cannot read ${path}: expected ${end} bytes, got ${at}`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
