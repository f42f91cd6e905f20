// The page: takes a picture, asks the worker, shows what it says.
const element = (id) => document.getElementById(id);
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const pending = new Map();
let nextId = 0;
let shown = null;

worker.addEventListener('message', ({ data }) => {
  if ('progress' in data) {
    element('progress').value = data.progress;
    return;
  }
  const { resolve, reject } = pending.get(data.id);
  pending.delete(data.id);
  if (data.ok) resolve(data.value);
  else reject(Object.assign(new Error(data.message), { code: data.code }));
});
worker.addEventListener('error', (event) => say(`The worker failed: ${event.message || 'its script did not load'}`));

function ask(type, request, transfer = []) {
  const id = nextId++;
  worker.postMessage({ type, id, ...request }, transfer);
  return new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
}

function say(text) {
  element('status').textContent = text;
}

async function load() {
  const model = element('model').value.trim();
  say(`Loading ${model || 'the handwritten digits'}…`);
  element('progress').hidden = false;
  try {
    const device = element('gpu').checked ? 'webgpu' : 'wasm';
    const { ms, labels } = await ask('load', { model, device });
    say(`Ready: ${model || 'handwritten digits'}, ${labels} labels, loaded in ${ms.toFixed(0)} ms. Give it a picture.`);
  } catch (error) {
    if (error.code === 'Aborted') return;
    say(`Cannot load the model: ${error.message}`);
  }
  element('progress').hidden = true;
}

async function classify(file) {
  if (!file) return;
  say('Looking at the picture…');
  try {
    const bytes = await file.arrayBuffer();
    show(await ask('classify', { bytes }, [bytes]));
  } catch (error) {
    if (error.code !== 'Aborted') say(`Cannot read the picture: ${error.message}`);
  }
}

function show(answer) {
  shown = answer;
  const [first] = answer.guesses;
  element('result').hidden = false;
  draw();
  element('labels').replaceChildren(...answer.guesses.map(bar));
  element('facts').replaceChildren(...facts(answer));
  say(`It is probably: ${first.label}, ${percent(first.score)}.`);
}

function bar({ label, score }) {
  const item = document.createElement('li');
  const meter = Object.assign(document.createElement('meter'), { min: 0, max: 1, value: score });
  meter.setAttribute('aria-label', `${label}: ${percent(score)}`);
  item.append(text('span', label), text('span', percent(score)), meter);
  return item;
}

function facts({ stages, engine }) {
  const { adapter, simd, threads, threadsReason, simdReason, memory } = engine;
  const rows = [
    ['Engine', adapter ? `WebGPU, ${adapter}` : `${simd} SIMD${simdReason ? ` (${simdReason})` : ''}`],
    ['Threads', `${threads}${threadsReason ? ` (${threadsReason})` : ''}`],
    ['Memory', `${(memory / 1e6).toFixed(1)} MB`],
    ...stages.map(({ name, ms }) => [name, `${ms.toFixed(1)} ms`]),
  ];
  return rows.flatMap(([name, value]) => [text('dt', name), text('dd', value)]);
}

function draw() {
  const { plain, overlay, guesses } = shown;
  const { data, width, height } = element('attention').checked ? overlay : plain;
  const canvas = element('canvas');
  Object.assign(canvas, { width, height });
  canvas.classList.toggle('large', width > 256);
  canvas.setAttribute('aria-label', `The picture, read as ${guesses[0].label}`);
  canvas.getContext('2d').putImageData(new ImageData(data, width, height), 0, 0);
}

function text(tag, content) {
  return Object.assign(document.createElement(tag), { textContent: content });
}

function percent(score) {
  return `${(100 * score).toFixed(1)} %`;
}

element('model-form').addEventListener('submit', (event) => {
  event.preventDefault();
  load();
});
for (const id of ['file', 'camera']) element(id).addEventListener('change', ({ target }) => classify(target.files[0]));
element('gpu').addEventListener('change', load);
element('attention').addEventListener('change', draw);
addEventListener('paste', ({ clipboardData }) => classify(clipboardData.files[0]));
addEventListener('dragover', (event) => {
  event.preventDefault();
  element('drop').classList.add('over');
});
addEventListener('dragleave', () => element('drop').classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  element('drop').classList.remove('over');
  classify(event.dataTransfer.files[0]);
});

element('on-gpu').hidden = !navigator.gpu;
load();
