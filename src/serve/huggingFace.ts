import { type Context, Hono } from 'hono';
import { encodePng } from '../image/png/encodePng.ts';
import { exp } from '../math.ts';
import { arrivalOf } from './arrivals.ts';
import { HttpError } from './httpError.ts';
import { inferOn } from './inference.ts';
import type { LoadedEntry } from './modelRepository.ts';
import type { NamedTensor } from './namedTensor.ts';
import { toBase64 } from './openInference/tensors.ts';
import { bodyOf, parseBody } from './requestBody.ts';
import type { ServerParts } from './serverParts.ts';

/** What a request of the Hugging Face inference toolkit asks for. */
interface PredictRequest {
  /** A picture, or a text that names one. */
  readonly given: Uint8Array | string;
  readonly topK: number;
  readonly apply: string;
}

/** `POST /` and `/predict` of the Hugging Face inference toolkit: raw bytes, or base64 in JSON; one picture a request. */
export function huggingFaceRoutes({ repository, limits }: ServerParts): Hono {
  const app = new Hono();
  const predict = async (c: Context) => {
    const { raw } = c.req;
    const body = await bodyOf(raw, limits.maxBody);
    const { given, topK, apply } = readRequest(body, new URL(raw.url).searchParams);
    const picture = typeof given === 'string' ? await limits.pictureOf(given, '"inputs"', raw) : given;
    if (picture.length === 0) throw new HttpError(400, 'InvalidArgument', 'The body is empty: expected a picture');
    const entry = await repository.loaded(repository.entries[0].name);
    const options = { signal: raw.signal, timeout: limits.timeoutOf(raw), arrival: arrivalOf(raw) };
    const results = await inferOn(repository, entry, { pictures: [picture] }, options);
    return c.json(answerOf(entry, results, topK, apply));
  };
  app.post('/', predict);
  app.post('/predict', predict);
  return app;
}

function readRequest(body: Uint8Array, query: URLSearchParams): PredictRequest {
  const isJson = body[0] === 0x7b; // "{": no picture begins with it
  const json = isJson ? parseBody(body) : {};
  if (isJson && typeof json.inputs !== 'string') {
    throw new HttpError(400, 'InvalidArgument', 'Expected "inputs" with a picture as base64');
  }
  const given = isJson ? (json.inputs as string) : body;
  const parameters = { ...Object.fromEntries(query), ...(json.parameters as Record<string, unknown> | undefined) };
  const topK = Number(parameters.top_k ?? 5);
  if (!Number.isInteger(topK) || topK < 1) {
    throw new HttpError(400, 'InvalidArgument', 'Invalid top_k: expected a positive integer');
  }
  const apply = String(parameters.function_to_apply ?? 'softmax');
  if (!['softmax', 'sigmoid', 'none'].includes(apply)) {
    throw new HttpError(400, 'InvalidArgument', 'Invalid function_to_apply: expected softmax, sigmoid or none');
  }
  return { given, topK, apply };
}

function answerOf({ model }: LoadedEntry, results: readonly NamedTensor[], topK: number, apply: string): object {
  const [{ data, shape }] = results;
  if (model.task === 'image-feature-extraction') return [Array.from(data as Float32Array)];
  if (model.task === 'image-segmentation') return segments(data as Int32Array, shape, model.labels!);
  const scores = apply === 'none' ? data : apply === 'sigmoid' ? sigmoids(data as Float32Array) : results[1].data;
  return Array.from(scores as Float32Array, (score, i) => ({ label: model.labels![i], score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK);
}

function sigmoids(logits: Float32Array): Float32Array {
  return logits.map((x) => 1 / (1 + exp(-x)));
}

/** A segment for every class that is there: its label, its share as score, and a mask as a PNG in base64. */
function segments(map: Int32Array, [, height, width]: readonly number[], labels: readonly string[]) {
  const found = [...new Set(map)].sort((a, b) => a - b);
  return found.map((id) => {
    const data = Uint8Array.from(map, (at) => (at === id ? 255 : 0));
    const share = data.reduce((count, x) => count + (x ? 1 : 0), 0) / data.length;
    const png = encodePng({ data, width, height, channels: 1 });
    return { label: labels[id], score: share, mask: toBase64(png) };
  });
}
