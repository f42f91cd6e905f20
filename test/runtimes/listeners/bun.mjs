import { createServer } from 'beit-wasm/serve';
import { MODELS, tell } from './models.mjs';

const server = createServer({ models: MODELS });
await server.load();
tell(Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: server.fetch }).port);
