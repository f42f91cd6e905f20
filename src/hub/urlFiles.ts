import { BeitError } from '../errors.ts';
import { type ByteSource, bytesSource, type ModelFiles, streamSource } from '../weights/byteSource.ts';
import type { Fetch } from './request.ts';

/** How files behind a URL are fetched. */
export interface UrlOptions {
  readonly signal?: AbortSignal;
  /** Default: the runtime's own; a Worker gives its binding's, `env.ASSETS.fetch`. */
  readonly fetch?: Fetch;
}

/**
 * The files of a folder on a web server, such as one's own assets. Weights run from the response straight to where they
 * are wanted.
 *
 * @throws `Network`, from `open`, when the server does not answer or answers with an error other than 404.
 * @example
 * const model = await BeitModel.fromPretrained(urlFiles('https://example.org/models/beit/'));
 */
export function urlFiles(folder: string, options: UrlOptions = {}): ModelFiles {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  return { open: (name) => openUrl(name, root + name, options) };
}

async function openUrl(name: string, url: string, options: UrlOptions): Promise<ByteSource | null> {
  const response = await get(url, options);
  // a server that answers everything with its start page has no such file either
  const page = response.headers.get('content-type')?.includes('text/html');
  if (response.status === 404 || page) {
    await response.body?.cancel();
    return null;
  }
  if (!response.ok) throw new BeitError('Network', `Cannot fetch "${url}": status ${response.status}`);
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  const encoded = response.headers.get('content-encoding');
  if (!response.body || Number.isNaN(size) || (encoded && encoded !== 'identity')) {
    return bytesSource(name, await response.arrayBuffer());
  }
  let first: Response | null = response;
  return streamSource(name, size, async function* () {
    const answer = first ?? (await get(url, options));
    first = null;
    yield* chunks(answer, url);
  });
}

async function get(url: string, { signal, fetch: send = fetch }: UrlOptions): Promise<Response> {
  try {
    return await send(url, { signal });
  } catch (cause) {
    if (signal?.aborted) throw new BeitError('Aborted', 'The operation was aborted', { cause: signal.reason });
    throw new BeitError('Network', `Cannot fetch "${url}": ${(cause as Error).message}`, { cause });
  }
}

async function* chunks(response: Response, url: string): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw new BeitError('Network', `Cannot fetch "${url}": the connection broke off`, { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
