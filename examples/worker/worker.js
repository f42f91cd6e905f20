// Classifies the picture that is POSTed. The model streams from the Worker's own assets into linear memory on the first
// request and stays for those after it; requests that come together wait for each other.
import { BeitError, decode, pipeline, urlFiles } from 'beit-wasm';

/** An upload of this size, and a picture of this many pixels, fit beside the model in 128 MB. */
const MAX_BYTES = 8 << 20;
const MAX_PIXELS = 4_000_000;
/** What the sender did wrong; everything else is ours. */
const STATUS = { InvalidImage: 422, UnsupportedFormat: 415, ImageTooLarge: 413, InvalidArgument: 400 };

/** The pipeline of this isolate, or its loading; null before the first request and after a failure. */
let classifier = null;

export default {
  async fetch(request, env, context) {
    try {
      if (request.method !== 'POST') throw problem(405, 'MethodNotAllowed', 'POST a picture: PNG or JPEG');
      const topK = wanted(new URL(request.url).searchParams.get('top'));
      const picture = await decode(await body(request), { maxPixels: MAX_PIXELS });
      const answer = classify(env, picture, topK);
      // whoever hangs up must not take the turn of those behind down with them
      context.waitUntil(answer.catch(() => {}));
      return Response.json(await answer);
    } catch (error) {
      return answerTo(error);
    }
  },
};

async function classify(env, picture, topK) {
  classifier ??= load(env).catch((error) => {
    classifier = null;
    throw error;
  });
  return (await classifier)(picture, { topK });
}

function load({ ASSETS, DTYPE }) {
  const files = urlFiles('https://assets.local/model/', { fetch: (url, init) => ASSETS.fetch(url, init) });
  return pipeline('image-classification', files, { dtype: DTYPE, maxBatch: 1 });
}

function wanted(top) {
  if (top === null) return 5;
  if (!/^[1-9]\d{0,3}$/.test(top))
    throw problem(400, 'InvalidArgument', `top: expected a positive integer, got ${top}`);
  return Number(top);
}

/**
 * The body, read through one small buffer, since garbage counts as memory here; one that is too large is read on for a
 * while, so that its sender hears why it is refused.
 */
async function body(request) {
  let kept = new Uint8Array(1 << 16);
  let size = 0;
  for await (const chunk of chunks(request.body)) {
    const end = size + chunk.length;
    if (end > kept.length && end <= MAX_BYTES) kept = grown(kept, end);
    if (end <= MAX_BYTES) kept.set(chunk, size);
    size = end;
    if (size > 4 * MAX_BYTES) break;
  }
  if (size > MAX_BYTES) throw problem(413, 'TooLarge', `the body has more than ${MAX_BYTES} bytes`);
  if (size === 0) throw problem(400, 'InvalidArgument', 'the body is empty: POST a picture');
  return kept.subarray(0, size);
}

async function* chunks(stream) {
  if (!stream) return;
  const reader = stream.getReader({ mode: 'byob' });
  let buffer = new ArrayBuffer(1 << 16);
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return;
    yield value;
    buffer = value.buffer;
  }
}

function grown(bytes, needed) {
  const larger = new Uint8Array(Math.min(MAX_BYTES, Math.max(needed, 2 * bytes.length)));
  larger.set(bytes);
  return larger;
}

function problem(status, code, message) {
  return Object.assign(new Error(message), { status, code });
}

function answerTo(error) {
  const known = error instanceof BeitError ? STATUS[error.code] : error.status;
  const { code = 'Internal', message } = error;
  const headers = known === 405 ? { allow: 'POST' } : {};
  return Response.json({ error: { code, message } }, { status: known ?? 500, headers });
}
