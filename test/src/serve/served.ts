import { readFileSync } from 'node:fs';
import { type BeitServer, createServer, type ServerOptions } from '../../../src/serve/server.ts';

export const SCAN = new Uint8Array(readFileSync('fixtures/beit-digits/scans/0005-5.png'));

/** A server with the digits model loaded as `digits`. */
export async function digitsServer(options: Partial<ServerOptions> = {}): Promise<BeitServer> {
  const server = createServer({ models: { digits: { source: 'fixtures/beit-digits', threads: 1 } }, ...options });
  const failures = await server.load();
  if (failures.length > 0) throw failures[0];
  return server;
}

/** One request: a body that is no string or bytes travels as JSON. */
export async function ask(
  server: BeitServer,
  path: string,
  body?: object | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Headers; json: never; bytes: Uint8Array }> {
  const sent = body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body);
  const init = { method: body === undefined ? 'GET' : 'POST', body: sent as BodyInit, headers };
  const response = await server.fetch(new Request(`http://localhost${path}`, init));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const json = response.headers.get('content-type')?.includes('json')
    ? JSON.parse(new TextDecoder().decode(bytes))
    : {};
  return { status: response.status, headers: response.headers, json: json as never, bytes };
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
