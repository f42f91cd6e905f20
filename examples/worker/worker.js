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
      const picture = decode(await body(request), { maxPixels: MAX_PIXELS });
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

/** The body; one that is too large is read on for a while, so that its sender hears why it is refused. */
async function body(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (size > 4 * MAX_BYTES) break;
  }
  if (size > MAX_BYTES) throw problem(413, 'TooLarge', `the body has more than ${MAX_BYTES} bytes`);
  if (size === 0) throw problem(400, 'InvalidArgument', 'the body is empty: POST a picture');
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
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
