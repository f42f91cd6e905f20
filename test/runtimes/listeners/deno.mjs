import { createServer } from 'beit-wasm/serve';
import { MODELS, tell } from './models.mjs';

const server = createServer({ models: MODELS });
await server.load();
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => tell(port) }, server.fetch);
