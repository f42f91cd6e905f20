import { BeitError, reason } from '../../errors.ts';
import type { RemoteFile } from '../remoteFile.ts';
import type { PartialFile } from './store.ts';

/** The part of the Cache API's `Cache` that is used, so that a test or another runtime can play it. */
export interface ResponseCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

/** Header field of an entry that holds the size of its file. Unit: bytes. */
export const SIZE = 'x-beit-size';

/** A response that caches may keep for good. */
export function keep(body: string | ReadableStream<Uint8Array>, fields: Record<string, string> = {}): Response {
  const headers = { 'cache-control': 'public, max-age=31536000, immutable', ...fields };
  return new Response(body, { headers });
}

/** One `cache.put` whose body is written piece by piece. */
export class CachePut implements PartialFile {
  readonly size = 0;
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  #put: Promise<void> = Promise.resolve();
  #failed: unknown = null;
  readonly #cache: ResponseCache;
  readonly #url: string;
  readonly #file: RemoteFile;
  readonly #where: string;

  constructor(cache: ResponseCache, url: string, file: RemoteFile, where: string) {
    this.#cache = cache;
    this.#url = url;
    this.#file = file;
    this.#where = where;
  }

  async *stored(): AsyncGenerator<Uint8Array> {}

  async append(bytes: Uint8Array): Promise<void> {
    const writer = this.#writer ?? this.#start(this.#file.size ?? bytes.length);
    await this.#unlessRefused(writer.write(bytes));
  }

  async truncate(): Promise<void> {
    await this.#writer?.abort(new Error('not complete')).catch(() => undefined);
    await this.#put;
    this.#writer = null;
    this.#failed = null;
  }

  async publish(): Promise<void> {
    const writer = this.#writer ?? this.#start(0);
    await this.#unlessRefused(writer.close());
    await this.#put;
    this.#writer = null;
    if (this.#failed !== null) throw refusedBy(this.#where, this.#failed);
  }

  async release(): Promise<void> {
    await this.truncate();
  }

  #start(size: number): WritableStreamDefaultWriter<Uint8Array> {
    const pipe = new TransformStream<Uint8Array, Uint8Array>();
    this.#writer = pipe.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.#put = this.#cache.put(this.#url, keep(pipe.readable, { [SIZE]: String(size) })).catch((cause) => {
      this.#failed = cause;
    });
    return this.#writer;
  }

  /** A writer whose reader left knows only that it left: why is what the cache says. */
  async #unlessRefused(written: Promise<void>): Promise<void> {
    try {
      await Promise.race([written, this.#refused()]);
    } catch (cause) {
      await this.#put;
      throw refusedBy(this.#where, this.#failed ?? cause);
    }
  }

  /** Rejects once the cache has given up, which would leave a writer waiting for ever; never resolves otherwise. */
  async #refused(): Promise<void> {
    await this.#put;
    if (this.#failed !== null) throw this.#failed;
  }
}

/** `promise`, whatever the cache throws as `FileSystem`. */
export async function guarded<T>(where: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw refusedBy(where, cause);
  }
}

function refusedBy(where: string, cause: unknown): BeitError {
  return new BeitError('FileSystem', `Cannot use ${where}: ${reason(cause)}`, { cause });
}
