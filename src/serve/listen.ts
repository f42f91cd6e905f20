import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { checkOptions, OPTIONS } from '../options.ts';
import { arrived } from './arrivals.ts';
import type { PlainAnswer } from './httpError.ts';
import type { BeitServer } from './server.ts';
import { type TurnAway, turnAwayOf } from './turningAway.ts';

/** Where to listen, and how long a shutdown may take. */
export interface ListenOptions {
  /** Default `127.0.0.1`, which only this machine can reach; `0.0.0.0` for all. */
  readonly host?: string | undefined;
  /** 0 takes a free port. Default 8080. */
  readonly port?: number | undefined;
  /** Milliseconds that requests may take to finish after SIGTERM. Default 25,000, below Kubernetes' 30 s. */
  readonly grace?: number | undefined;
}

/** A listening server. */
export interface Listening {
  readonly url: string;
  /**
   * Answers what is in flight and still comes, then closes the port; resolves when all is closed or the grace time is over.
   *
   * @throws nothing: it never rejects
   */
  close(): Promise<void>;
}

/** Above the usual 60 s of load balancers, so that they never meet a connection that just closed. */
const KEEP_ALIVE_MS = 65_000;
/** How long no request may come before a server that drains closes its port. */
const QUIET_MS = 500;

/**
 * Serves over `node:http` (Node, Deno and Bun have it).
 *
 * @param server what {@link createServer} gave
 * @param options address, port and grace time; each has a default
 * @returns the URL with the port that was bound, and `close`
 * @throws the error of `node:http` when the address cannot be bound
 * @example
 * const server = createServer({ models: { digits: { source: 'fixtures/beit-digits' } } });
 * const { url, close } = await listen(server, { port: 0 });
 * await close();
 */
export async function listen(server: BeitServer, options: ListenOptions = {}): Promise<Listening> {
  checkOptions(options, OPTIONS.listen);
  const { host = '127.0.0.1', port = 8080, grace = 25_000 } = options;
  const traffic = new Traffic(server);
  const answer = getRequestListener(traffic.fetch, { overrideGlobalObjects: false });
  const http = createHttpServer((incoming, outgoing) => {
    if (!traffic.turnedAway(incoming, outgoing)) void answer(incoming, outgoing);
  });
  // a client that asks before it sends its body need not send it for nothing
  http.on('checkContinue', (incoming, outgoing) => {
    if (traffic.turnedAway(incoming, outgoing, true)) return;
    outgoing.writeContinue();
    void answer(incoming, outgoing);
  });
  http.keepAliveTimeout = KEEP_ALIVE_MS;
  http.headersTimeout = KEEP_ALIVE_MS + 1000;
  http.requestTimeout = 60_000; // a sender that is slower than this is cut off
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  const { port: bound } = http.address() as { port: number };
  const close = async () => {
    await traffic.ended(grace);
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    http.closeAllConnections(); // all that are left are idle, or the grace time is over
    await closed;
  };
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close };
}

/** Counts the requests of a server, to know when the last one is over, and begins them one after the other. */
class Traffic {
  readonly #server: BeitServer;
  readonly #turnAway: TurnAway;
  readonly #pace = new Pace();
  #running = 0;
  #lastAt = 0;
  #ending = false;

  constructor(server: BeitServer) {
    this.#server = server;
    this.#turnAway = turnAwayOf(server);
  }

  /**
   * Whether a request could not be taken and has its answer. It waits for no turn: it takes less time than a turn. Where the body
   * may never come, the connection ends with the answer.
   */
  turnedAway(incoming: IncomingMessage, outgoing: ServerResponse, bodyMayMiss = false): boolean {
    const { method, url } = incoming;
    const header = (name: string) => incoming.headers[name] as string | undefined;
    const answer = this.#turnAway({ method: method ?? '', path: url ?? '', header });
    if (!answer) return false;
    if (this.#ending || bodyMayMiss) outgoing.shouldKeepAlive = false;
    this.#lastAt = performance.now();
    send(answer, outgoing);
    return true;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    this.#running++;
    arrived(request);
    try {
      await this.#pace.turn();
      const response = await this.#server.fetch(request);
      if (this.#ending) response.headers.set('connection', 'close'); // the next request goes elsewhere
      return response;
    } finally {
      this.#running--;
      this.#lastAt = performance.now();
    }
  };

  /**
   * Readiness turns to 503 at once. Requests are answered until none came for {@link QUIET_MS}: a load balancer notices
   * late that it has to send them elsewhere. Resolves after `grace` milliseconds at the latest.
   */
  async ended(grace: number): Promise<void> {
    this.#ending = true;
    const end = performance.now() + grace;
    this.#lastAt = performance.now();
    void this.#server.drain();
    const busy = () => this.#running > 0 || performance.now() - this.#lastAt < QUIET_MS;
    while (busy() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Node reads what comes of the body of a request, and drops it. */
function send({ status, headers, body }: PlainAnswer, outgoing: ServerResponse): void {
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}

/** One a turn of the event loop: however many requests come at once, a timer waits no longer than one of them takes. */
class Pace {
  readonly #waiting: (() => void)[] = [];

  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#next);
    });
  }

  readonly #next = (): void => {
    this.#waiting.shift()!();
    if (this.#waiting.length > 0) setImmediate(this.#next);
  };
}
