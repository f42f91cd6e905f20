import { BeitError } from '../errors.ts';
import { type ByteSource, blobSource, streamSource } from '../weights/byteSource.ts';
import { reason } from './request.ts';
import type { HubStore, PartialFile, RemoteFile } from './store.ts';

/** The part of the Cache API's `Cache` that is used, so that a test or another runtime can play it. */
export interface ResponseCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

/** Files beyond this are read as a stream, never as one `Blob`, which Workers would hold in memory. Unit: bytes. */
const BLOB_LIMIT = 8 << 20;
/** Entries are addressed by this origin, whatever the endpoint: a commit means the same content on every mirror. */
const ORIGIN = 'https://huggingface.co';
const ABSENT = 'x-beit-absent';
const SIZE = 'x-beit-size';

/**
 * The store of browsers and Workers. A download streams into `cache.put`, which keeps nothing unless the stream ends
 * well, and it ends well only when the hash was right. Null where there is no Cache API, as in an insecure page.
 *
 * @example
 * const files = hubFiles('microsoft/beit-base-patch16-224', { store: await cacheApiStore() });
 */
export async function cacheApiStore(name = 'beit-wasm'): Promise<HubStore | null> {
  try {
    return typeof caches === 'undefined' ? null : responseCacheStore(await caches.open(name), `the cache "${name}"`);
  } catch {
    return null;
  }
}

/** The same over any `ResponseCache`, such as `caches.default` of Workers. */
export function responseCacheStore(cache: ResponseCache, where: string): HubStore {
  return {
    where,
    optional: true,
    async readRef(repository, revision) {
      const text = await (await guarded(where, cache.match(refUrl(repository, revision))))?.text();
      return text !== undefined && /^[0-9a-f]{40}$/.test(text) ? text : null;
    },
    writeRef: (repository, revision, commit) => guarded(where, cache.put(refUrl(repository, revision), keep(commit))),
    async find(repository, commit, name) {
      const url = fileKey(repository, commit, name);
      const found = await guarded(where, cache.match(url));
      if (!found || found.headers.has(ABSENT)) return found ? 'absent' : null;
      return await cachedSource(cache, url, name, found);
    },
    markAbsent: (repository, commit, name) =>
      guarded(where, cache.put(fileKey(repository, commit, name), keep('', { [ABSENT]: '1' }))),
    begin: async (repository, file) => new CachePut(cache, fileKey(repository, file.commit, file.name), file, where),
  };
}

function refUrl(repository: string, revision: string): string {
  return `${ORIGIN}/api/models/${repository}/revision/${encodeURIComponent(revision)}`;
}

function fileKey(repository: string, commit: string, name: string): string {
  return `${ORIGIN}/${repository}/resolve/${commit}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** A response that caches may keep for good. */
function keep(body: string | ReadableStream<Uint8Array>, fields: Record<string, string> = {}): Response {
  const headers = { 'cache-control': 'public, max-age=31536000, immutable', ...fields };
  return new Response(body, { headers });
}

async function cachedSource(
  cache: ResponseCache,
  url: string,
  name: string,
  found: Response,
): Promise<ByteSource | null> {
  const size = Number(found.headers.get(SIZE) ?? Number.NaN);
  if (!Number.isSafeInteger(size)) return null;
  if (size <= BLOB_LIMIT) return blobSource(name, await guarded(name, found.blob()));
  let first: Response | undefined = found;
  return streamSource(name, size, async function* () {
    const response = first ?? (await cache.match(url));
    first = undefined;
    if (!response?.body) throw new BeitError('FileNotFound', `Cannot read "${name}": it was evicted from the cache`);
    yield* chunksOf(response.body);
  });
}

/** Not every runtime's streams are async iterable. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** One `cache.put` whose body is written piece by piece. */
class CachePut implements PartialFile {
  readonly size = 0;
  private writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  private put: Promise<void> = Promise.resolve();
  private failed: unknown = null;
  private readonly cache: ResponseCache;
  private readonly url: string;
  private readonly file: RemoteFile;
  private readonly where: string;

  constructor(cache: ResponseCache, url: string, file: RemoteFile, where: string) {
    this.cache = cache;
    this.url = url;
    this.file = file;
    this.where = where;
  }

  async *stored(): AsyncGenerator<Uint8Array> {}

  async append(bytes: Uint8Array): Promise<void> {
    const writer = this.writer ?? this.start(this.file.size ?? bytes.length);
    await guarded(this.where, Promise.race([writer.write(bytes), this.refused()]));
  }

  async truncate(): Promise<void> {
    await this.writer?.abort(new Error('not complete')).catch(() => undefined);
    await this.put;
    this.writer = null;
    this.failed = null;
  }

  async publish(): Promise<void> {
    const writer = this.writer ?? this.start(0);
    await guarded(this.where, Promise.race([writer.close(), this.refused()]));
    await this.put;
    this.writer = null;
    if (this.failed !== null) throw refusedBy(this.where, this.failed);
  }

  async release(): Promise<void> {
    await this.truncate();
  }

  private start(size: number): WritableStreamDefaultWriter<Uint8Array> {
    const pipe = new TransformStream<Uint8Array, Uint8Array>();
    this.writer = pipe.writable.getWriter();
    this.writer.closed.catch(() => undefined);
    this.put = this.cache.put(this.url, keep(pipe.readable, { [SIZE]: String(size) })).catch((cause) => {
      this.failed = cause;
    });
    return this.writer;
  }

  /** Rejects once the cache has given up, which would leave a writer waiting for ever; never resolves otherwise. */
  private async refused(): Promise<void> {
    await this.put;
    if (this.failed !== null) throw this.failed;
  }
}

async function guarded<T>(where: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw refusedBy(where, cause);
  }
}

function refusedBy(where: string, cause: unknown): BeitError {
  return new BeitError('FileSystem', `Cannot use ${where}: ${reason(cause)}`, { cause });
}
