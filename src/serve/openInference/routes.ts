import { type Context, Hono } from 'hono';
import { arrivalOf } from '../arrivals.ts';
import { inferOn } from '../inference.ts';
import { bodyOf } from '../requestBody.ts';
import type { ServerParts } from '../serverParts.ts';
import { readInferRequest } from './inferRequest.ts';
import { inferResponse } from './inferResponse.ts';
import { modelConfiguration, modelMetadata, modelStatistics, repositoryIndex, serverMetadata } from './metadata.ts';

/** The Open Inference Protocol, version 2, with Triton's extensions: https://github.com/kserve/open-inference-protocol. */
export function openInferenceRoutes({ repository, limits, version, state }: ServerParts): Hono {
  const app = new Hono();
  const health = (c: Context, name: 'live' | 'ready', value: boolean) => c.json({ [name]: value }, value ? 200 : 503);
  app.get('/health/live', (c) => health(c, 'live', true));
  app.get('/health/ready', (c) => health(c, 'ready', !state.draining && repository.ready));
  app.get('/', (c) => c.json(serverMetadata(version)));
  app.get('/models', (c) => c.json({ models: repository.entries.map(({ name }) => name) }));
  app.get('/models/stats', (c) => c.json({ model_stats: repository.entries.map(modelStatistics) }));
  app.post('/repository/index', async (c) => c.json(repositoryIndex(repository, await readyOnly(c.req.raw))));
  app.post('/repository/models/:name/load', async (c) => {
    await repository.load(c.req.param('name'));
    return c.json({ name: c.req.param('name'), load: true });
  });
  app.post('/repository/models/:name/unload', async (c) => {
    await repository.unload(c.req.param('name'));
    return c.json({ name: c.req.param('name'), unload: true });
  });
  for (const model of ['/models/:name', '/models/:name/versions/:version'] as const) {
    app.get(model, async (c) => c.json(modelMetadata(await repository.loaded(c.req.param('name')))));
    app.get(`${model}/config`, async (c) => c.json(modelConfiguration(await repository.loaded(c.req.param('name')))));
    app.get(`${model}/stats`, (c) => c.json({ model_stats: [modelStatistics(repository.entry(c.req.param('name')))] }));
    app.get(`${model}/ready`, (c) => {
      const { name, state: found } = repository.entry(c.req.param('name'));
      return c.json({ name, ready: found === 'READY' }, found === 'READY' ? 200 : 503);
    });
    app.post(`${model}/infer`, async (c) => {
      const { raw } = c.req;
      repository.entry(c.req.param('name')); // an unknown name is told before the body is read
      const body = await bodyOf(raw, limits.maxBody);
      const entry = await repository.loaded(c.req.param('name'));
      const request = readInferRequest(body, raw.headers.get('inference-header-content-length'));
      const timeout = shorter(request.timeout, limits.timeoutOf(raw));
      const options = { signal: raw.signal, timeout, arrival: arrivalOf(raw) };
      const results = await inferOn(repository, entry, request.input, options);
      return inferResponse({ name: entry.name, labels: entry.model.labels }, request, results);
    });
  }
  return app;
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** `{"ready": true}` in the body of an index request; an empty body asks for all. */
async function readyOnly(request: Request): Promise<boolean> {
  const text = await request.text();
  return text.length < 1000 && /"ready"\s*:\s*true/.test(text);
}
