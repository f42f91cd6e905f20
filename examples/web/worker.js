// Everything that computes: the page only shows. Needs nothing but the library.
import { attentionRollout, decode, heatOverlay, pipeline, runtimeInfo, Tensor } from './beit-wasm/index.web.js';

const BUILT_IN = new URL('./model/', import.meta.url).href;
const SHOWN = 5;

let classifier = null;
let loading = null;
let running = null;

const handlers = { load, classify };
self.addEventListener('message', async ({ data: { type, id, ...request } }) => {
  try {
    self.postMessage({ id, ok: true, value: await handlers[type](request) });
  } catch (error) {
    self.postMessage({ id, ok: false, code: error.code ?? 'Internal', message: error.message });
  }
});

/** A new model stops the loading of the one before. */
async function load({ model, device }) {
  const started = performance.now();
  loading?.abort();
  loading = new AbortController();
  const { signal } = loading;
  running?.abort();
  classifier?.dispose();
  classifier = null;
  const onProgress = ({ status, progress }) => {
    if (status === 'progress') self.postMessage({ progress });
  };
  classifier = await pipeline('image-classification', model || BUILT_IN, { device, onProgress, signal });
  return { ms: performance.now() - started, labels: Object.keys(classifier.model.config.id2label).length };
}

/** Decode, preprocess, run, draw: each with its time. A new picture stops the one before. */
async function classify({ bytes }) {
  running?.abort();
  running = new AbortController();
  const { model, processor } = classifier;
  const stages = [];
  const timed = async (name, action) => {
    const started = performance.now();
    const value = await action();
    stages.push({ name, ms: performance.now() - started });
    return value;
  };
  const picture = await timed('Decode', () => decode(new Uint8Array(bytes)));
  const { pixelValues } = await timed('Resize and normalize', () => processor.preprocess(picture));
  const { signal } = running;
  const { logits, attentions } = await timed('Model', () =>
    model.forward({ pixelValues, outputAttentions: true, signal }),
  );
  const overlay = await timed('Attention map', () => attentionOverlay(picture, attentions, model.config));
  const { adapter, simd, threads, threadsReason, simdReason, memory } = runtimeInfo(model);
  const engine = { adapter, simd, threads, threadsReason, simdReason, memory };
  return { guesses: best(logits.data, model.config.id2label), plain: rgba(picture), overlay, stages, engine };
}

function attentionOverlay(picture, attentions, { nativeSize, patchSize }) {
  const grid = { height: nativeSize.height / patchSize, width: nativeSize.width / patchSize };
  const rollout = attentionRollout(attentions, grid, 'class'); // [1, height, width]
  return heatOverlay(picture, new Tensor('float32', rollout.data, [grid.height, grid.width]));
}

function rgba({ data, width, height, channels }) {
  const out = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) out[4 * i + c] = data[channels * i + (channels === 1 ? 0 : c)];
  return { data: out, width, height };
}

function best(logits, id2label) {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const weights = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  const labels = Object.values(id2label);
  return weights
    .map((weight, i) => ({ label: labels[i], score: weight / sum }))
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN);
}
