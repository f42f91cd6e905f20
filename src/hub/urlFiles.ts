import { BeitError, check, reason, throwIfAborted } from '../errors.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { type ByteSource, bytesSource, type ModelFiles, streamSource } from '../weights/bytes/byteSource.ts';
import type { Fetch } from './http/connection.ts';

/** How files behind a URL are fetched. */
export interface UrlOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the runtime's own; a Worker gives its binding's, `env.ASSETS.fetch`. */
  readonly fetch?: Fetch | undefined;
}

/**
 * The files of a folder on a web server, such as one's own assets. Weights run from the response straight to where they
 * are wanted.
 *
 * @param folder the URL of the folder, with or without a slash at its end
 * @param options signal and `fetch`
 * @returns a source for `fromPretrained`; a file is fetched when it is opened
 * @throws `InvalidArgument` for a folder that is not a string; `Network`, from `open` and while reading, when the server does not answer, answers with an error other than
 * 404, 401 and 403 (which mean that there is no such file), or breaks off; `Aborted`
 * @example
 * const model = await BeitModel.fromPretrained(urlFiles('https://example.org/models/beit/'));
 */
export function urlFiles(folder: string, options: UrlOptions = {}): ModelFiles {
  check(typeof folder === 'string', 'InvalidArgument', () => `Invalid URL: expected a string, got ${typeof folder}`);
  checkOptions(options, OPTIONS.load);
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  const denied = new Set<string>();
  return {
    async open(name) {
      const found = await openUrl(name, root + name, options);
      if (found !== 'denied') return found;
      denied.add(name);
      return null;
    },
    absence: () =>
      denied.size > 0 ? `the server denies access to ${[...denied].map((name) => `"${name}"`).join(', ')}` : '',
  };
}

async function openUrl(name: string, url: string, options: UrlOptions): Promise<ByteSource | null | 'denied'> {
  const response = await get(url, options);
  // a server that answers everything with its start page has no such file either
  const page = response.headers.get('content-type')?.includes('text/html');
  // a bucket that does not list its files denies access to those that are not there
  const isDenied = response.status === 401 || response.status === 403;
  if (response.status === 404 || isDenied || page) {
    // not awaited: in the edge runtime of Next.js it never settles
    response.body?.cancel().catch(() => {});
    return isDenied ? 'denied' : null;
  }
  checkStatus(response, url);
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  const encoded = response.headers.get('content-encoding');
  if (!response.body || Number.isNaN(size) || (encoded && encoded !== 'identity')) {
    return bytesSource(name, await whole(response, url, options));
  }
  let first: Response | null = response;
  return streamSource(name, size, async function* () {
    const answer = first ?? (await get(url, options));
    first = null;
    checkStatus(answer, url);
    yield* chunks(answer, url, options);
  });
}

async function get(url: string, { signal, fetch: send = fetch }: UrlOptions): Promise<Response> {
  try {
    return await send(url, { signal });
  } catch (cause) {
    throwIfAborted(signal);
    throw new BeitError('Network', `Cannot fetch "${url}": ${reason(cause)}`, { cause });
  }
}

function checkStatus({ ok, status }: Response, url: string): void {
  if (!ok) throw new BeitError('Network', `Cannot fetch "${url}": status ${status}`);
}

async function whole(response: Response, url: string, { signal }: UrlOptions): Promise<ArrayBuffer> {
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    throw brokenOff(url, signal, cause);
  }
}

/** Unit: bytes. */
const CHUNK = 1 << 18;

async function* chunks(response: Response, url: string, { signal }: UrlOptions): AsyncGenerator<Uint8Array> {
  const { read, cancel } = readerOf(response.body!);
  try {
    for (;;) {
      const { done, value } = await read();
      if (done) return;
      yield value!;
    }
  } catch (cause) {
    throw brokenOff(url, signal, cause);
  } finally {
    cancel().catch(() => {});
  }
}

function brokenOff(url: string, signal: AbortSignal | undefined, cause: unknown): BeitError {
  throwIfAborted(signal);
  return new BeitError('Network', `Cannot fetch "${url}": the connection broke off`, { cause });
}

interface Reader {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  readonly cancel: () => Promise<void>;
}

/** Into one buffer where the stream can: in a Worker the garbage of a hundred megabytes counts against its memory. */
function readerOf(body: ReadableStream<Uint8Array>): Reader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: 'byob' });
  } catch {
    const plain = body.getReader();
    return { read: () => plain.read(), cancel: () => plain.cancel() };
  }
  let buffer = new ArrayBuffer(CHUNK);
  const read = async () => {
    const next = await reader.read(new Uint8Array(buffer));
    if (next.value) buffer = next.value.buffer;
    return next;
  };
  return { read, cancel: () => reader.cancel() };
}
