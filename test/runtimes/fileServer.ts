import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface FileServer {
  readonly url: string;
  /** The body of the first POST. */
  readonly posted: Promise<string>;
  /** Paths of the files that were fetched so far. */
  readonly fetched: ReadonlySet<string>;
  close(): void;
}

/** What makes a page cross-origin isolated. */
export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** The files of a folder on loopback, every answer with `headers`. */
export async function serveFiles(folder: string, headers: Record<string, string> = {}): Promise<FileServer> {
  let receive: (body: string) => void;
  const posted = new Promise<string>((resolve) => {
    receive = resolve;
  });
  const fetched = new Set<string>();
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return answer(folder, headers, request, response, fetched);
    const chunks = await request.toArray();
    receive(Buffer.concat(chunks).toString());
    response.writeHead(204, headers).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, posted, fetched, close };
}

function answer(
  folder: string,
  headers: Record<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
  fetched: Set<string>,
) {
  const { pathname } = new URL(request.url!, 'http://x/');
  const path = join(folder, normalize(decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)));
  try {
    const body = readFileSync(path);
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    fetched.add(path);
    response.writeHead(200, { 'content-type': type, 'content-length': body.length, ...headers }).end(body);
  } catch {
    response.writeHead(404, headers).end();
  }
}
