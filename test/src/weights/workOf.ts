import type { ByteSource, ModelFiles } from '../../../src/weights/bytes/byteSource.ts';
import type { FloatSink } from '../../../src/weights/stream/sink.ts';
import { Allocations } from '../allocations.ts';

/** What opening and reading files costs, in facts that neither a clock nor another process changes. */
export interface Work {
  /** Bytes taken from the files; more than their size where something is read again. */
  readonly read: number;
  /** Values that reached the sink. */
  readonly delivered: number;
  /** Bytes that buffers and typed arrays were asked for. */
  readonly allocated: number;
}

/** The work of `action` on `files`, with the sink that it is to fill. */
export async function workOf(
  files: ModelFiles,
  action: (files: ModelFiles, put: FloatSink['put']) => Promise<unknown>,
): Promise<Work> {
  let [read, delivered] = [0, 0];
  const count = (bytes: Uint8Array): Uint8Array => {
    read += bytes.length;
    return bytes;
  };
  using allocations = new Allocations();
  const open = async (name: string) => {
    const source = await files.open(name);
    return source && counting(source, count);
  };
  await action({ ...files, open }, (chunk) => {
    delivered += chunk.length;
  });
  return { read, delivered, allocated: allocations.bytes };
}

/** Of tables that are made once, whatever is read. Unit: bytes. */
const TABLES = 16 << 10;

/** The work on files of `size` bytes as a share of what it may be: each byte read three times, a value from each. */
export function shareOf({ read, delivered, allocated }: Work, size: number): number {
  return Math.max(read / (3 * size || 1), delivered / (size || 1), allocated / (TABLES + 8 * size));
}

function counting(source: ByteSource, count: (bytes: Uint8Array) => Uint8Array): ByteSource {
  return {
    name: source.name,
    size: source.size,
    read: async (begin, end) => count(await source.read(begin, end)),
    async *stream(begin, end) {
      for await (const chunk of source.stream(begin, end)) yield count(chunk);
    },
    release: () => source.release?.(),
  };
}
