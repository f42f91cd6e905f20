import { BeitError } from '../../errors.ts';
import { type ByteSource, blobSource, streamSource } from '../../weights/bytes/byteSource.ts';
import { DEFAULT_ENDPOINT, fileUrl, revisionUrl } from '../http/address.ts';
import { CachePut, guarded, keep, type ResponseCache, SIZE } from './cachePut.ts';
import type { HubStore } from './store.ts';

/** Files beyond this are read as a stream, never as one `Blob`, which Workers would hold in memory. Unit: bytes. */
const BLOB_LIMIT = 8 << 20;
const ABSENT = 'x-beit-absent';

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
      const text = await (await guarded(where, cache.match(refAddress(repository, revision))))?.text();
      return text !== undefined && /^[0-9a-f]{40}$/.test(text) ? text : null;
    },
    writeRef: (repository, revision, commit) =>
      guarded(where, cache.put(refAddress(repository, revision), keep(commit))),
    async find(repository, commit, name) {
      const url = fileAddress(repository, commit, name);
      const found = await guarded(where, cache.match(url));
      if (!found || found.headers.has(ABSENT)) return found ? 'absent' : null;
      return await cachedSource(cache, url, name, found);
    },
    markAbsent: (repository, commit, name) =>
      guarded(where, cache.put(fileAddress(repository, commit, name), keep('', { [ABSENT]: '1' }))),
    begin: async (repository, file) =>
      new CachePut(cache, fileAddress(repository, file.commit, file.name), file, where),
  };
}

/** Whatever the endpoint, entries have the hub's own address: a commit means the same content on every mirror. */
function fileAddress(repository: string, commit: string, name: string): string {
  return fileUrl(DEFAULT_ENDPOINT, repository, commit, name);
}

function refAddress(repository: string, revision: string): string {
  return revisionUrl(DEFAULT_ENDPOINT, repository, revision);
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
