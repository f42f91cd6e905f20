// An application of its own with the models under a path of their own.
import { serve } from '@hono/node-server';
import { createServer } from 'beit-wasm/serve';
import { Hono } from 'hono';
import { MODELS, tell } from './models.mjs';

const server = createServer({ models: MODELS });
await server.load();
const app = new Hono();
app.get('/own', (c) => c.text('own'));
app.mount('/models', server.fetch);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => tell(`${port}/models`));
