import * as beit from '/dist/index.web.js';

const DIGITS = '/fixtures/beit-digits';
const SCAN = `${DIGITS}/scans/0005-5.png`;
const SIDE = 64; // pixels; the scan enlarged, for encoders of videos want more than 8

const event = (target, name) => new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

/** An element with the scan, enlarged. */
async function scanCanvas() {
  const bitmap = await createImageBitmap(await (await fetch(SCAN)).blob());
  const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, SIDE, SIDE);
  return canvas;
}

function offscreenCopy(canvas) {
  const copy = new OffscreenCanvas(SIDE, SIDE);
  copy.getContext('2d').drawImage(canvas, 0, 0);
  return copy;
}

/** A stream of a canvas has a frame whenever something is drawn. */
async function playing(canvas) {
  const copy = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
  const draw = () => copy.getContext('2d').drawImage(canvas, 0, 0);
  draw();
  const video = Object.assign(document.createElement('video'), { muted: true, srcObject: copy.captureStream() });
  const timer = setInterval(draw, 20);
  const data = event(video, 'loadeddata');
  video.play();
  await data;
  clearInterval(timer);
  return video;
}

async function fileHandle(blob) {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle('scan.png', { create: true });
  const writable = await handle.createWritable();
  await writable.write(blob);
  await writable.close();
  return handle;
}

function fileList(blob) {
  const transfer = new DataTransfer();
  transfer.items.add(new File([blob], 'scan.png'));
  return transfer.files;
}

/** Functions, since a stream can be read but once. */
async function formsOf(canvas) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const buffer = await blob.arrayBuffer();
  const url = URL.createObjectURL(blob);
  const context = canvas.getContext('2d');
  const image = Object.assign(new Image(), { src: url });
  const loaded = Object.assign(new Image(), { src: url });
  await loaded.decode();
  const video = await playing(canvas);
  const handle = await fileHandle(blob);
  return {
    'relative URL': () => SCAN.slice(1).replace(/^/, '../../../'),
    URL: () => new URL(SCAN, location.href),
    'blob: URL': () => url,
    'data: URI': () => canvas.toDataURL(),
    Blob: () => blob,
    ArrayBuffer: () => buffer.slice(0),
    File: () => new File([blob], 'scan.jpg', { type: 'image/jpeg' }),
    FileList: () => fileList(blob),
    Response: () => new Response(blob),
    ReadableStream: () => blob.stream(),
    FileSystemFileHandle: () => handle,
    'img that is loading': () => image,
    img: () => loaded,
    canvas: () => canvas,
    CanvasRenderingContext2D: () => context,
    OffscreenCanvas: () => offscreenCopy(canvas),
    ImageData: () => context.getImageData(0, 0, SIDE, SIDE),
    ImageBitmap: () => createImageBitmap(canvas),
    VideoFrame: () => new VideoFrame(canvas, { timestamp: 0 }),
    video: () => video,
  };
}

/** How far a form is from the pixels of the canvas, and what the model in its worker and on the page says of it. */
globalThis.runForms = async () => {
  const canvas = await scanCanvas();
  const pixels = canvas.getContext('2d').getImageData(0, 0, SIDE, SIDE);
  const hosted = await beit.pipeline('image-classification', DIGITS);
  const here = await beit.pipeline('image-classification', DIGITS, { worker: false });
  const { processor } = here;
  const expected = (await processor.preprocess(pixels)).pixelValues.data;
  const [{ label }] = await here(pixels);
  const found = {};
  for (const [form, make] of Object.entries(await formsOf(canvas))) {
    const values = (await processor.preprocess(await make())).pixelValues.data;
    const distance = values.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i])), 0);
    const [[inWorker], [onPage]] = [[await hosted(await make())].flat(2), [await here(await make())].flat(2)];
    found[form] = { distance, labels: [inWorker.label, onPage.label] };
  }
  const fetched = performance.getEntriesByType('resource').map(({ name }) => name);
  hosted.dispose();
  here.dispose();
  return { found, label, twice: fetched.filter((name) => /\.png\/.*\.png/.test(name)) };
};

/** What is refused, and how. */
globalThis.runWrongForms = async () => {
  const hosted = await beit.pipeline('image-classification', DIGITS);
  const closed = await createImageBitmap(new ImageData(2, 2));
  closed.close();
  const large = await createImageBitmap(new ImageData(20, 20));
  const told = async (picture, options) => {
    const error = await hosted(picture, options).then(
      () => ({ code: 'answered', message: '' }),
      (reason) => reason,
    );
    return `${error.code}: ${error.message}`;
  };
  const found = {
    closed: await told(closed),
    'video without a frame': await told(document.createElement('video')),
    'img that is broken': await told(Object.assign(new Image(), { src: '/no/such.png' })),
    'empty canvas': await told(Object.assign(document.createElement('canvas'), { width: 0 })),
    large: await told(large, { maxPixels: 399 }),
    'file input': await told(Object.assign(document.createElement('input'), { type: 'file' })),
    html: await told('/test/runtimes/hosted/inputs.html'),
  };
  hosted.dispose();
  return { ...found, open: large.width };
};
globalThis.loaded = true;
