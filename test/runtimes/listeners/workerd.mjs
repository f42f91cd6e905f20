// A Worker: weights stream from the assets binding. What needs I/O begins with the first request.
import { urlFiles } from 'beit-wasm';
import { createServer } from 'beit-wasm/serve';

let started;

async function start({ ASSETS }) {
  const send = (url, init) => ASSETS.fetch(String(url), init);
  const source = urlFiles('http://assets/beit-digits', { fetch: send });
  const models = { digits: { source }, features: { source, task: 'image-feature-extraction' } };
  const server = createServer({ models });
  for (const failure of await server.load()) throw failure;
  return server;
}

export default {
  async fetch(request, environment, context) {
    started ??= start(environment);
    return (await started).fetch(request, environment, context);
  },
};
