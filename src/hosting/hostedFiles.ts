import type { CreateFile } from '../loading/createFile.ts';
import type { ByteSource, ModelFiles } from '../weights/bytes/byteSource.ts';
import type { FileWriter } from '../weights/save/saveSafetensors.ts';
import { type Channel, type Methods, Transferred } from './channel.ts';

/** Bytes that cross at a time. */
const CHUNK = 1 << 22;

interface Range {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** What the page answers with when its own files are read from the worker. */
export function fileMethods(files: () => ModelFiles): Methods {
  const opened = new Map<string, ByteSource>();
  return {
    async openFile(name: string) {
      const source = await files().open(name);
      if (source) opened.set(name, source);
      return source?.size ?? null;
    },
    async readFile({ name, begin, end }: Range) {
      const bytes = await opened.get(name)!.read(begin, end);
      // a copy is handed over, since the bytes may be the caller's own
      const copy = bytes.slice();
      return new Transferred(copy, [copy.buffer]);
    },
  };
}

/** The page's files, seen from the worker. */
export function filesOfPage(channel: Channel, page: Pick<ModelFiles, 'file' | 'reportsProgress'>): ModelFiles {
  const read = (range: Range) => channel.call<Uint8Array>('readFile', range);
  return {
    ...page,
    async open(name) {
      const size = await channel.call<number | null>('openFile', name);
      if (size === null) return null;
      return {
        name,
        size,
        read: (begin, end) => read({ name, begin, end }),
        async *stream(begin, end) {
          for (let at = begin; at < end; at += CHUNK)
            yield await read({ name, begin: at, end: Math.min(end, at + CHUNK) });
        },
      };
    },
  };
}

/** What the page answers with when the worker writes through the page's function. */
export function writeMethods(create: () => CreateFile): Methods {
  const writers = new Map<string, FileWriter>();
  return {
    async createFile(name: string) {
      writers.set(name, await create()(name));
    },
    writeFile: ({ name, bytes }: { name: string; bytes: Uint8Array }) => writers.get(name)!.write(bytes),
    closeFile: (name: string) => writers.get(name)!.close(),
  };
}

/** The page's way to make files, seen from the worker. */
export function createOnPage(channel: Channel): CreateFile {
  return async (name) => {
    await channel.call('createFile', name);
    return {
      write: (bytes) => channel.call<void>('writeFile', { name, bytes }),
      close: () => channel.call<void>('closeFile', name),
    };
  };
}
