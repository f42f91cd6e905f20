// gRPC of the Open Inference Protocol in front of the handler of beit-wasm/serve: each call is one request to it, so queues,
// deadlines, keys, statistics and errors are the same over both.
import { join } from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { answerOf, bodyOf } from './infer.mjs';
import { failureOf } from './status.mjs';

const PROTO = join(import.meta.dirname, 'inference.proto');
const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true };
const { service } = loadPackageDefinition(loadSync(PROTO, OPTIONS)).inference.GRPCInferenceService;

/**
 * @param {{ fetch: (request: Request) => Promise<Response> }} server what `createServer` gave
 * @param {{ host?: string, port?: number, maxMessage?: number }} options port 0 takes a free one; `maxMessage` in bytes
 * @returns {Promise<{ port: number, close: () => Promise<void> }>} `close` answers what is in flight
 */
export async function serveGrpc(server, { host = '127.0.0.1', port = 8081, maxMessage = 64 * 2 ** 20 } = {}) {
  const grpc = new Server({
    'grpc.max_receive_message_length': maxMessage,
    'grpc.max_send_message_length': maxMessage,
  });
  const methods = Object.entries(CALLS).map(([name, call]) => [name, unary((...args) => call(server.fetch, ...args))]);
  grpc.addService(service, Object.fromEntries(methods));
  const bound = await new Promise((resolve, reject) => {
    grpc.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, found) => {
      if (error) reject(error);
      else resolve(found);
    });
  });
  return { port: bound, close: () => new Promise((resolve) => grpc.tryShutdown(() => resolve())) };
}

/** A call as gRPC runs it: what `run` throws is its status. */
function unary(run) {
  return (call, callback) => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    run(call.request, { headers: headersOf(call), signal: gone.signal }).then(
      (answer) => callback(null, answer),
      (error) => callback('details' in error ? error : { code: status.INVALID_ARGUMENT, details: error.message }),
    );
  };
}

/** The key of the client, and its deadline as the handler takes it. */
function headersOf(call) {
  const headers = new Headers();
  const [key] = call.metadata.get('authorization');
  if (key) headers.set('authorization', String(key));
  const left = Number(call.getDeadline()) - Date.now();
  if (Number.isFinite(left)) headers.set('request-timeout-ms', String(Math.max(1, Math.ceil(left))));
  return headers;
}

/** Asks the handler. @throws an error of gRPC unless the answer is 200 */
async function ask(fetch, path, { headers, signal }, init = {}) {
  for (const [name, value] of Object.entries(init.headers ?? {})) headers.set(name, value);
  const response = await fetch(new Request(`http://localhost${path}`, { ...init, headers, signal }));
  if (response.ok) return response;
  throw await failureOf(response);
}

const json = async (...args) => (await ask(...args)).json();
const post = (body) => ({ method: 'POST', body: JSON.stringify(body) });
const pathOf = (name, version) =>
  `/v2/models/${encodeURIComponent(name)}${version ? `/versions/${encodeURIComponent(version)}` : ''}`;

/** Whether the handler answers with 200; 503 is no. @throws an error of gRPC for what else is wrong, such as a name */
async function holds(fetch, path, options) {
  try {
    await ask(fetch, path, options);
    return true;
  } catch (error) {
    if (error.code === status.UNAVAILABLE) return false;
    throw error;
  }
}

/** Method → the request of the handler that answers it. */
const CALLS = {
  ServerLive: async (fetch, _, options) => ({ live: await holds(fetch, '/v2/health/live', options) }),
  ServerReady: async (fetch, _, options) => ({ ready: await holds(fetch, '/v2/health/ready', options) }),
  ModelReady: async (fetch, { name, version }, options) => ({
    ready: await holds(fetch, `${pathOf(name, version)}/ready`, options),
  }),
  ServerMetadata: (fetch, _, options) => json(fetch, '/v2', options),
  ModelMetadata: (fetch, { name, version }, options) => json(fetch, pathOf(name, version), options),
  ModelConfig: async (fetch, { name, version }, options) => ({
    config: await json(fetch, `${pathOf(name, version)}/config`, options),
  }),
  ModelStatistics: (fetch, { name, version }, options) =>
    json(fetch, name ? `${pathOf(name, version)}/stats` : '/v2/models/stats', options),
  RepositoryIndex: async (fetch, { ready }, options) => ({
    models: await json(fetch, '/v2/repository/index', options, post({ ready })),
  }),
  RepositoryModelLoad: (fetch, { model_name: name }, options) => repository(fetch, name, 'load', options),
  RepositoryModelUnload: (fetch, { model_name: name }, options) => repository(fetch, name, 'unload', options),
  async ModelInfer(fetch, request, options) {
    const { body, headLength } = bodyOf(request);
    const headers = { 'inference-header-content-length': String(headLength) };
    const path = `${pathOf(request.model_name, request.model_version)}/infer`;
    return answerOf(await ask(fetch, path, options, { method: 'POST', body, headers }));
  },
};

async function repository(fetch, name, action, options) {
  await ask(fetch, `/v2/repository/models/${encodeURIComponent(name)}/${action}`, options, post({}));
  return {};
}
