import { createServer, listen } from 'beit-wasm/serve';
import { MODELS } from './models.mjs';

const server = createServer({ models: MODELS });
await server.load();
const { url } = await listen(server, { port: 0 });
process.stdout.write(`${url}\n`);
