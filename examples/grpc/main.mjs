// node main.mjs --model name=source… [--port 8080] [--grpc-port 8081] [--host 127.0.0.1]: one process with both protocols over
// the same models. npm install && npm install beit-wasm
import { parseArgs } from 'node:util';
import { createServer, listen } from 'beit-wasm/serve';
import { serveGrpc } from './serveGrpc.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8080' },
    'grpc-port': { type: 'string', default: '8081' },
  },
});
const sources = (values.model ?? []).map((text) => [
  text.slice(0, text.indexOf('=')),
  text.slice(text.indexOf('=') + 1),
]);
if (sources.length === 0 || sources.some(([name]) => !name)) {
  console.error('usage: node main.mjs --model name=source…');
  process.exit(2);
}
const models = Object.fromEntries(sources.map(([name, source]) => [name, { source }]));
const server = createServer({ models, apiKey: process.env.BEIT_API_KEY });
const { host } = values;
const http = await listen(server, { host, port: Number(values.port) });
const grpc = await serveGrpc(server, { host, port: Number(values['grpc-port']) });
console.log(JSON.stringify({ event: 'listening', url: http.url, grpc: `${host}:${grpc.port}` }));
process.once('SIGTERM', async () => {
  await Promise.all([http.close(), grpc.close()]);
  process.exit(0);
});
for (const { message } of await server.load()) console.error(message);
console.log(JSON.stringify({ event: 'ready' }));
