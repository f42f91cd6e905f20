import { createServer as createHttpServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { BeitServer } from './server.ts';

/** Where to listen, and how long a shutdown may take. */
export interface ListenOptions {
  readonly host?: string | undefined;
  /** 0 takes a free port. Default 8080. */
  readonly port?: number | undefined;
  /** Milliseconds that requests may take to finish after SIGTERM. Default 25,000, below Kubernetes' 30 s. */
  readonly grace?: number | undefined;
}

/** A listening server. */
export interface Listening {
  readonly url: string;
  /** Answers what is in flight, closes idle connections, and resolves when all is closed or the grace time is over. */
  close(): Promise<void>;
}

/** Above the usual 60 s of load balancers, so that they never meet a connection that just closed. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Serves over `node:http` (Node, Deno and Bun have it).
 *
 * @throws the error of `node:http` when the address cannot be bound
 * @example
 * const server = createServer({ models: { digits: { source: 'fixtures/beit-digits' } } });
 * const { url, close } = await listen(server, { port: 0 });
 * await close();
 */
export async function listen(server: BeitServer, options: ListenOptions = {}): Promise<Listening> {
  const { host = '127.0.0.1', port = 8080, grace = 25_000 } = options;
  const http = createHttpServer(getRequestListener(server.fetch, { overrideGlobalObjects: false }));
  http.keepAliveTimeout = KEEP_ALIVE_MS;
  http.headersTimeout = KEEP_ALIVE_MS + 1000;
  http.requestTimeout = 60_000; // a sender that is slower than this is cut off
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  const { port: bound } = http.address() as { port: number };
  const close = async () => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    const late = new Promise<void>((resolve) => setTimeout(resolve, grace).unref());
    await Promise.race([server.drain(), late]);
    http.closeIdleConnections();
    await Promise.race([closed, late]);
    http.closeAllConnections();
  };
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close };
}
