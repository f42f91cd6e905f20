import { type Context, Hono } from 'hono';
import { checkObject } from '../errors.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import { runtimeInfo } from '../runtimeInfo.ts';
import { arrived } from './arrivals.ts';
import { answerOf, HttpError, httpErrorOf } from './httpError.ts';
import { huggingFaceRoutes } from './huggingFace.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';
import { ModelRepository, type ModelSpec } from './modelRepository.ts';
import { openAiRoutes } from './openAi.ts';
import { openInferenceRoutes } from './openInference/routes.ts';
import { fromBase64 } from './openInference/tensors.ts';
import type { FetchPicture, ServerParts } from './serverParts.ts';
import { type RequestHead, setTurnAway, timeoutOf, turningAway } from './turningAway.ts';

/** How a server answers, and within which limits. */
export interface ServerOptions {
  /** Models by the name that requests call them. The first one answers `POST /`. */
  readonly models: Readonly<Record<string, ModelSpec>>;
  /** Bytes that all loaded models together may plan for; default: no limit but that of the runtime. */
  readonly memoryBudget?: number | undefined;
  /** Requests that wait for one model at most; more are answered with 429. Default 64. */
  readonly maxQueue?: number | undefined;
  /** Deadline of a request that names none; unit: milliseconds. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Bytes of a body after inflating at most. Default 64 MiB. */
  readonly maxBody?: number | undefined;
  /** Pixels of a picture at most; more are answered with 413. Default: what the decoders take. */
  readonly maxPixels?: number | undefined;
  /** Gets pictures that requests name by URL; {@link picturesFrom} gives one for a list of hosts. Default: URLs are a 400. */
  readonly fetchPicture?: FetchPicture | undefined;
  /** When set, every request but health checks needs `Authorization: Bearer KEY`. */
  readonly apiKey?: string | undefined;
  /** Gets one line for every request. */
  readonly log?: ((line: RequestLog) => void) | undefined;
}

/** What is logged of a request; times in milliseconds. */
export interface RequestLog {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly duration: number;
  readonly code?: string;
  readonly message?: string;
}

/** What workerd gives with a request. */
export interface RequestContext {
  /**
   * Keeps the request alive until `promise` is settled.
   *
   * @param promise what the request waits for
   */
  waitUntil(promise: Promise<unknown>): void;
}

/** A server: give its `fetch` to `Deno.serve`, `Bun.serve`, workerd, hono, or `node:http` by {@link listen}. */
export interface BeitServer {
  /**
   * Answers one request; never rejects. `context` is what workerd gives: a pass there goes on when its client goes away, so
   * that those behind it get their turn.
   */
  readonly fetch: (request: Request, environment?: unknown, context?: RequestContext) => Promise<Response>;
  /**
   * Loads every model. Resolves when all were tried; a model that cannot be loaded does not stop the others.
   *
   * @returns one error for each model that cannot be loaded
   * @throws nothing: failures are in the result
   */
  load(): Promise<readonly HttpError[]>;
  /**
   * Readiness turns to 503; resolves when the requests that came before are answered.
   *
   * @throws nothing: it never rejects
   */
  drain(): Promise<void>;
}

/**
 * One handler for the Open Inference Protocol (`/v2`), the Hugging Face inference toolkit (`/`), OpenAI's embeddings
 * (`/v1/embeddings`) and Prometheus (`/metrics`).
 *
 * @param options the models by name, and limits; each limit has a default
 * @returns `fetch`, `load` and `drain`; nothing is loaded yet
 * @throws `InvalidArgument` for options or models that are not objects
 * @example
 * const server = createServer({ models: { digits: { source: 'fixtures/beit-digits' } } });
 * await server.load();
 * const answer = await server.fetch(new Request('http://localhost/v2/models/digits'));
 * answer.status; // 200
 */
export function createServer(options: ServerOptions): BeitServer {
  checkOptions(options, OPTIONS.server);
  checkObject('Invalid models', options.models);
  for (const [name, spec] of Object.entries(options.models))
    checkOptions(spec, OPTIONS.served, `options of the model ${quoted(name)}`);
  const { maxQueue = 64, timeout = 30_000, memoryBudget = Number.POSITIVE_INFINITY } = options;
  const repository = new ModelRepository(options.models, { maxQueue, timeout }, memoryBudget, options.maxPixels);
  const parts: ServerParts = {
    repository,
    version: runtimeInfo().version,
    state: { draining: false },
    limits: limitsOf(options),
  };
  const app = routes(parts, options.apiKey);
  const turnAway = turningAway(repository, options);
  const server: BeitServer = {
    fetch(request, _environment, context) {
      arrived(request);
      const early = turnAway(headOf(request));
      if (early) return Promise.resolve(new Response(early.body, early));
      const answer = logged(app, request, options.log);
      context?.waitUntil?.(answer);
      return answer;
    },
    load: () => loadAll(repository),
    async drain() {
      parts.state.draining = true;
      await repository.idle();
    },
  };
  setTurnAway(server, turnAway);
  return server;
}

function headOf({ method, url, headers }: Request): RequestHead {
  const { pathname, search } = new URL(url);
  return { method, path: pathname + search, header: (name) => headers.get(name) };
}

function limitsOf({ maxBody = 64 * 2 ** 20, fetchPicture }: ServerOptions): ServerParts['limits'] {
  return {
    maxBody,
    timeoutOf: ({ headers }) => timeoutOf(headers.get('request-timeout-ms')),
    async pictureOf(text, what, { signal }) {
      if (!/^https?:/i.test(text)) return fromBase64(text, what);
      if (fetchPicture) return fetchPicture(text, { signal, most: maxBody });
      throw new HttpError(400, 'InvalidArgument', `Cannot read ${what}: URLs are not fetched here, send base64`);
    },
  };
}

async function loadAll(repository: ModelRepository): Promise<HttpError[]> {
  const failures: HttpError[] = [];
  for (const { name } of repository.entries) {
    await repository.load(name).catch((error) => failures.push(httpErrorOf(error)));
  }
  return failures;
}

function routes(parts: ServerParts, apiKey: string | undefined): Hono {
  const app = new Hono();
  const health = (c: Context) => (parts.state.draining ? c.text('Draining', 503) : c.text('Ok'));
  app.get('/', health);
  app.get('/health', health);
  if (apiKey) app.use('*', authorized(apiKey));
  app.get('/metrics', async (c) => c.text(await metricsText(parts.repository), 200, { 'content-type': METRICS_TYPE }));
  app.route('/v2', openInferenceRoutes(parts));
  app.route('/v1', openAiRoutes(parts));
  app.route('/', huggingFaceRoutes(parts));
  app.notFound((c) => c.json({ error: `No route ${c.req.method} ${c.req.path}` }, 404));
  app.onError((error, c) => {
    const { status, headers, body } = answerOf(httpErrorOf(error), c.req.path);
    return c.body(body, status as 400, headers);
  });
  return app;
}

/** Health checks of Kubernetes carry no key. */
const OPEN = /^\/v2\/health\/(live|ready)$/;

function authorized(apiKey: string) {
  return async (c: Context, next: () => Promise<void>) => {
    if (OPEN.test(c.req.path) || c.req.header('authorization') === `Bearer ${apiKey}`) return next();
    return c.json({ error: 'Unauthorized: send Authorization: Bearer KEY' }, 401);
  };
}

async function logged(app: Hono, request: Request, log: ServerOptions['log']): Promise<Response> {
  const startedAt = performance.now();
  const response = await app.fetch(request);
  const code = response.headers.get('x-error-code');
  log?.({
    method: request.method,
    path: new URL(request.url).pathname,
    status: response.status,
    duration: performance.now() - startedAt,
    ...(code && { code }),
  });
  return response;
}
