import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BeitError } from '../../errors.ts';
import type { ByteSource, FilePlace } from '../../weights/bytes/byteSource.ts';
import { rangesOf, readAhead } from '../../weights/bytes/readAhead.ts';

const CHUNK = 1 << 20;
/** Chunks under way at once: Node reads files on four threads. */
const AHEAD = 4;

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
    stream: (b, e, places) => chunks(path, b, e, places),
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

/** A buffer for each chunk under way that has no place: the caller is done with a chunk when it asks for the next. */
async function* chunks(
  path: string,
  begin: number,
  end: number,
  places: readonly FilePlace[] = [],
): AsyncIterable<Uint8Array> {
  const file = await open(path).catch((cause) => {
    throw new BeitError('FileSystem', `Cannot open ${path}: ${cause.code}`, { cause });
  });
  const shrunk = (size: number) =>
    new BeitError('InvalidCheckpoint', `Cannot read ${path}: expected ${end} bytes, got ${size}`);
  const buffers: Uint8Array[] = [];
  try {
    yield* readAhead(partsOf(begin, end, places), AHEAD, ({ from, to, place }, turn) => {
      if (place) return readWhole(file, place.bytes(from, to), from, shrunk);
      if (!(buffers[turn]?.length >= to - from)) buffers[turn] = new Uint8Array(to - from);
      return readWhole(file, buffers[turn].subarray(0, to - from), from, shrunk);
    });
  } finally {
    await file.close();
  }
}

/** What is read at once: at most a chunk, and nothing from within a place and without. */
function* partsOf(begin: number, end: number, places: readonly FilePlace[]) {
  let at = begin;
  for (const place of places) {
    for (const [from, to] of rangesOf(at, place.begin, CHUNK)) yield { from, to, place: null };
    const size = Math.max(1, Math.floor(CHUNK / place.grain)) * place.grain;
    for (const [from, to] of rangesOf(place.begin, place.end, size)) yield { from, to, place };
    at = place.end;
  }
  for (const [from, to] of rangesOf(at, end, CHUNK)) yield { from, to, place: null };
}

async function readWhole(file: FileHandle, bytes: Uint8Array, at: number, shrunk: (size: number) => BeitError) {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw shrunk(at + done);
    done += bytesRead;
  }
  return bytes;
}
