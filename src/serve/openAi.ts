import { Hono } from 'hono';
import { arrivalOf } from './arrivals.ts';
import { HttpError } from './httpError.ts';
import { inferOn } from './inference.ts';
import { toBase64 } from './openInference/tensors.ts';
import { bodyOf, parseBody } from './requestBody.ts';
import type { ServerParts } from './serverParts.ts';

const bad = (message: string) => new HttpError(400, 'InvalidArgument', message);
/** Pictures in one request at most. */
const MAX_INPUTS = 128;

/** `POST /v1/embeddings` as OpenAI's clients call it; inputs are data URIs of pictures. Errors have OpenAI's form. */
export function openAiRoutes({ repository, limits }: ServerParts): Hono {
  const app = new Hono();
  app.get('/models', (c) => c.json({ object: 'list', data: repository.entries.map(modelOf) }));
  app.post('/embeddings', async (c) => {
    const { raw } = c.req;
    const json = parseBody(await bodyOf(raw, limits.maxBody));
    if (typeof json.model !== 'string') throw bad('Expected "model" with the name of a model');
    const entry = await repository.loaded(json.model);
    if (entry.model.task !== 'image-feature-extraction') throw bad(`Model "${json.model}" gives no embeddings`);
    const pictures = await Promise.all(textsOf(json.input).map((text, i) => limits.pictureOf(text, `input ${i}`, raw)));
    const options = { signal: raw.signal, timeout: limits.timeoutOf(raw), arrival: arrivalOf(raw) };
    const [{ data, shape }] = await inferOn(repository, entry, { pictures }, options);
    return c.json({
      object: 'list',
      model: json.model,
      data: embeddings(data as Float32Array, shape, json.encoding_format === 'base64', dimensionsOf(json, shape)),
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
  });
  return app;
}

const modelOf = ({ name }: { name: string }) => ({ id: name, object: 'model', created: 0, owned_by: 'beit-wasm' });

/** Data URIs, or URLs. */
function textsOf(input: unknown): string[] {
  const list = Array.isArray(input) ? input : [input];
  if (list.length === 0 || list.length > MAX_INPUTS)
    throw bad(`Expected 1 to ${MAX_INPUTS} inputs, got ${list.length}`);
  for (const [i, text] of list.entries()) {
    if (typeof text === 'string' && /^(data|https?):/i.test(text)) continue;
    throw bad(`Cannot read input ${i}: expected a picture as a data URI (data:image/jpeg;base64,…)`);
  }
  return list;
}

/** The models here are not trained to be cut short, so only their own size is allowed. */
function dimensionsOf({ dimensions }: Record<string, unknown>, [, size]: readonly number[]): number {
  if (dimensions === undefined || dimensions === size) return size;
  throw bad(`Invalid "dimensions": this model gives ${size}`);
}

function embeddings(data: Float32Array, [rows]: readonly number[], base64: boolean, size: number) {
  return Array.from({ length: rows }, (_, index) => {
    const row = data.slice(index * size, (index + 1) * size);
    const embedding = base64 ? toBase64(new Uint8Array(row.buffer)) : Array.from(row);
    return { object: 'embedding', index, embedding };
  });
}
