// An application of its own with the models under a path of their own. Bodies go to the handler as they come.
import { Readable } from 'node:stream';
import { createServer } from 'beit-wasm/serve';
import Fastify from 'fastify';
import { MODELS, tell } from './models.mjs';

const server = createServer({ models: MODELS });
await server.load();
const app = Fastify();
app.get('/own', () => 'own');
app.register(async (models) => {
  models.removeAllContentTypeParsers();
  models.addContentTypeParser('*', (_request, _payload, done) => done(null));
  models.all('/models/*', (request, reply) => server.fetch(requestOf(request, reply)));
});

/** What the handler takes: the path below /models, and a signal that fires when the client goes away. */
function requestOf({ method, headers, raw, params, query }, reply) {
  const gone = new AbortController();
  reply.raw.once('close', () => reply.raw.writableFinished || gone.abort());
  const url = `http://localhost/${params['*']}?${new URLSearchParams(query)}`;
  const body = method === 'GET' || method === 'HEAD' ? undefined : Readable.toWeb(raw);
  return new Request(url, { method, headers, body, duplex: 'half', signal: gone.signal });
}

await app.listen({ host: '127.0.0.1', port: 0 });
tell(`${app.server.address().port}/models`);
