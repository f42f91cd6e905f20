import { BeitError, check } from '../../errors.ts';
import { ForwardStream } from './forwardStream.ts';
import { plain } from './plain.ts';
import { rangesOf, readAhead } from './readAhead.ts';

/** Where the bytes [begin, end) of a file may be read to: in chunks of whole multiples of `grain` bytes, or to the end. */
export interface FilePlace {
  readonly begin: number;
  readonly end: number;
  readonly grain: number;
  /** The memory for the bytes [from, to) of the file. */
  bytes(from: number, to: number): Uint8Array;
}

/**
 * The bytes of one file, wherever they are. Ranges are half-open and are within `[0, size]`.
 *
 * @example
 * const source = bytesSource('model.safetensors', bytes);
 * const header = await source.read(0, 8);
 */
export interface ByteSource {
  readonly name: string;
  /** Unit: bytes. */
  readonly size: number;
  /** Exactly the bytes [begin, end). @throws a `BeitError` when they cannot be had. */
  read(begin: number, end: number): Promise<Uint8Array>;
  /**
   * The bytes [begin, end) in order, in chunks of any size; a chunk is valid until the next one is asked for. A source that reads
   * into buffers may read into `places`, which are within the range, in its order and apart; the others pass over them.
   */
  stream(begin: number, end: number, places?: readonly FilePlace[]): AsyncIterable<Uint8Array>;
  /** Lets go of a connection that is held open; reading on is allowed and may cost a new one. */
  release?(): void;
}

/** Where files can be opened once more: a path, a URL or a repository of the hub, of the hub at a commit. */
export interface FilesOrigin {
  readonly source: string;
  readonly revision?: string;
}

/** A folder of files, or an object used like one. `open` answers null when there is no such file. */
export interface ModelFiles {
  /** The one file that was meant, where a path named a file and not a folder. */
  readonly file?: string;
  /** Whether the code that opens these files reports them to `onProgress`, as downloads from the hub are reported. */
  readonly reportsProgress?: boolean;
  open(name: string): Promise<ByteSource | null>;
  /** Where a worker can open the same files; absent when they can be read on this thread only. */
  origin?(): Promise<FilesOrigin>;
  /** Why files may be absent, for a message; '' for no other reason than that they are. */
  absence?(): string;
  /**
   * Removes copies of files that are not what they should be, so that they are fetched anew; whether there were any.
   *
   * @throws `IntegrityFailed` where they cannot be fetched
   */
  removeBroken?(): Promise<boolean>;
  close?(): Promise<void>;
}

const BLOB_CHUNK = 1 << 22;

/**
 * A source over bytes in memory; nothing is copied.
 *
 * @throws `InvalidArgument` (from its methods) when a range is not within the bytes.
 * @example
 * bytesSource('weights', new Uint8Array(8)).size; // 8
 */
export function bytesSource(name: string, bytes: Uint8Array | ArrayBuffer): ByteSource {
  const all = bytes instanceof Uint8Array ? plain(bytes) : new Uint8Array(bytes);
  const slice = (begin: number, end: number): Uint8Array => {
    checkRange(name, all.length, begin, end);
    return all.subarray(begin, end);
  };
  return {
    name,
    size: all.length,
    read: async (begin, end) => slice(begin, end),
    async *stream(begin, end) {
      if (end > begin) yield slice(begin, end);
    },
  };
}

/**
 * A source over a `Blob` or a `File`, read slice by slice.
 *
 * @throws `FileSystem` (from its methods) when the file behind the blob went away or changed.
 * @example
 * const source = blobSource(file.name, file);
 */
export function blobSource(name: string, blob: Blob): ByteSource {
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    checkRange(name, blob.size, begin, end);
    try {
      return new Uint8Array(await blob.slice(begin, end).arrayBuffer());
    } catch (cause) {
      throw new BeitError('FileSystem', `Cannot read "${name}": the blob is no longer readable`, { cause });
    }
  };
  return {
    name,
    size: blob.size,
    read,
    stream: (begin, end) => readAhead(rangesOf(begin, end, BLOB_CHUNK), 2, ([from, to]) => read(from, to)),
  };
}

/**
 * A source over something that only runs forward, as the body of a response does. Reading onwards never opens it
 * twice; what is before the present position costs a new `open`, except the first kilobyte, which is kept.
 *
 * @throws `InvalidCheckpoint` (from its methods) when the stream ends before `size`, `Network` when it breaks.
 * @example
 * const source = streamSource('model.safetensors', size, async function* () {
 *   yield* (await fetch(url)).body;
 * });
 */
export function streamSource(name: string, size: number, open: () => AsyncIterable<Uint8Array>): ByteSource {
  const forward = new ForwardStream(name, open);
  return {
    name,
    size,
    async read(begin, end) {
      checkRange(name, size, begin, end);
      const out = new Uint8Array(end - begin);
      let filled = 0;
      for await (const chunk of forward.range(begin, end)) {
        out.set(chunk, filled);
        filled += chunk.length;
      }
      return out;
    },
    stream(begin, end) {
      checkRange(name, size, begin, end);
      return forward.range(begin, end);
    },
    release: () => forward.close(),
  };
}

/**
 * Files by name, in memory or as blobs.
 *
 * @example
 * const files = filesOf({ 'config.json': configBytes, 'model.safetensors': weightBytes });
 */
export function filesOf(record: Readonly<Record<string, Uint8Array | ArrayBuffer | Blob>>): ModelFiles {
  return {
    async open(name) {
      if (!Object.hasOwn(record, name)) return null;
      const bytes = record[name];
      return bytes instanceof Blob ? blobSource(name, bytes) : bytesSource(name, bytes);
    },
  };
}

function checkRange(name: string, size: number, begin: number, end: number): void {
  const within = Number.isInteger(begin) && Number.isInteger(end) && 0 <= begin && begin <= end && end <= size;
  check(within, 'InvalidArgument', () => `Cannot read "${name}": [${begin}, ${end}) is not within its ${size} bytes`);
}
