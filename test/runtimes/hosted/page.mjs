import * as beit from '/dist/index.web.js';
import { CONFIG, killThreads } from './kill.mjs';
import { watched } from './watched.mjs';
import { crossed, endThread, threadCount, workers } from './webThreads.mjs';

const DIGITS = '/fixtures/beit-digits';
const SCAN = `${DIGITS}/scans/0005-5.png`;
const SEGMENTER = '/fixtures/models/seg';
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

/** One large JPEG in every form that a page may have it in, through a model in a worker; its answers must be the page's own. */
globalThis.runPictures = async (url) => {
  const blob = await (await fetch(url)).blob();
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const { data, width, height } = await beit.decode(bytes);
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  const image = new ImageData(rgba, width, height);
  const forms = { url, blob, bytes, pixels: { data, width, height }, image, bitmap: await createImageBitmap(image) };
  const hosted = await beit.pipeline('image-classification', DIGITS);
  const here = await beit.pipeline('image-classification', DIGITS, { worker: false });
  await hosted(SCAN);
  const found = {};
  for (const [form, picture] of Object.entries(forms)) {
    const { value, ...times } = await watched(() => hosted(picture));
    const { bytes: sent } = crossed;
    const { value: expected, ...onPage } = await watched(() => here(picture));
    found[form] = { ...times, onPage, sent, same: JSON.stringify(value) === JSON.stringify(expected) };
  }
  found.unchanged = bytes.length > 0 && rgba.length > 0 && forms.bitmap.width === width;
  hosted.dispose();
  here.dispose();
  return { ...found, size: blob.size };
};

/** The segments of the same picture, in its own size. */
globalThis.runSegments = async (url) => {
  const blob = await (await fetch(url)).blob();
  const source = {
    'config.json': await bytesOf(`${SEGMENTER}/config.json`),
    'model.safetensors': await bytesOf(`${SEGMENTER}/model.safetensors`),
    'preprocessor_config.json': new Blob(['{"size": {"height": 16, "width": 16}, "do_center_crop": false}']),
  };
  const hosted = await beit.pipeline('image-segmentation', source);
  await hosted(SCAN);
  const { value, ...times } = await watched(() => hosted(blob));
  hosted.dispose();
  const pixels = value.reduce((sum, { mask }) => sum + mask.data.reduce((n, at) => n + (at === 255), 0), 0);
  return {
    ...times,

    sent: crossed.bytes,
    file: blob.size,
    segments: value.length,
    pixels,
    size: [value[0].mask.width, value[0].mask.height],
  };
};

/** A refusal and an abort, as they come back from the worker. */
globalThis.runRefusals = async (url) => {
  const blob = await (await fetch(url)).blob();
  const hosted = await beit.pipeline('image-classification', DIGITS);
  const codeOf = (promise) =>
    promise.then(
      () => 'answered',
      (error) => (error instanceof beit.BeitError ? error.code : String(error)),
    );
  const cut = await codeOf(hosted(blob.slice(0, 3000)));
  const text = await codeOf(hosted(new Blob(['no picture'])));
  const controller = new AbortController();
  const many = hosted(Array(20).fill(blob), { signal: controller.signal });
  setTimeout(() => controller.abort(), 300);
  const aborted = await codeOf(many);
  const [{ label }] = await hosted('/fixtures/beit-digits/scans/0005-5.png');
  hosted.dispose();
  return { cut, text, aborted, label };
};

/** Threads of a hosted model that end in some ways. */
globalThis.runHostedThreads = async (rounds, ...ways) => {
  const model = await beit.BeitForImageClassification.fromConfig(new beit.BeitConfig(CONFIG), { threads: 3 });
  const found = {};
  for (const way of ways) {
    const kill = (round) => endThread(way, round);
    found[way] = await killThreads(beit, model, { kill, started: threadCount }, rounds);
  }
  model.dispose();
  return found;
};

/** The same where the model lives in a worker of the user's own. */
globalThis.runOwnThreads = (rounds, ...ways) => {
  const worker = new Worker(new URL('./own.mjs', import.meta.url), { type: 'module', name: 'own' });
  worker.postMessage({ rounds, ways });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  }).finally(() => worker.terminate());
};

/** The worker of a model that is ended by the page: what a pass and a picture that were pending get, and the next one. */
globalThis.runKilledModel = async () => {
  const scan = await bytesOf('/fixtures/beit-digits/scans/0005-5.png');
  const hosted = await beit.pipeline('image-classification', DIGITS);
  const [{ label, score }] = await hosted(scan);
  const found = [];
  for (let round = 0; round < 3; round++) {
    const pending = hosted(Array(2000).fill(scan)).then(
      () => 'answered',
      (error) => `${error.code}: ${error.message}`,
    );
    await later(60 + 20 * round);
    const killed = performance.now();
    workers.findLast(({ name }) => name.startsWith('beit model')).worker.terminate();
    const told = await pending;
    const ms = performance.now() - killed;
    const [next] = await hosted(scan);
    found.push({
      told,
      ms,
      again: performance.now() - killed - ms,
      same: next.label === label && next.score === score,
    });
  }
  hosted.dispose();
  return found;
};
globalThis.loaded = true;

// without a driver: what the address asks for is done, and what comes of it is posted
if (location.search) {
  const [name, ...args] = JSON.parse(decodeURIComponent(location.search.slice(1)));
  const answer = await globalThis[name](...args).then(
    (value) => ({ value }),
    (error) => ({ error: `${error}` }),
  );
  await fetch('/report', { method: 'POST', body: JSON.stringify(answer) });
}
