// node scripts/run.mjs test/package/transformers.ts [NAME…]: the entry with the names of transformers.js, from the packed package,
// in every kind of runtime. Each gives the same numbers.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findChromium } from '../runtimes/browsers.ts';
import { bundleNeutral } from '../runtimes/bundleNeutral.ts';
import { ISOLATION, serveFiles } from '../runtimes/fileServer.ts';
import { unpackPackage } from '../runtimes/prepare.ts';
import { installed } from '../runtimes/tools.ts';
import { startWorker } from '../runtimes/workerd.ts';
import { type Rows, runRows } from './rows.ts';

const ROOT = resolve('build/transformers');
const PACKAGE = join(ROOT, 'node_modules/beit-wasm');
const TIMEOUT_MS = 120_000;

/** As it would be written for transformers.js. `folder` is what the runtime opens models from. */
const READ = `
export async function read({ pipeline, AutoProcessor, AutoModelForImageClassification, RawImage, softmax }, folder, bytes) {
  const classify = await pipeline('image-classification', folder, { dtype: 'fp32', device: 'auto' });
  const image = await RawImage.read(bytes);
  const [best] = await classify(image, { top_k: 1 });
  const processor = await AutoProcessor.from_pretrained(folder);
  const model = await AutoModelForImageClassification.from_pretrained(folder);
  const { logits } = await model(await processor(image));
  await classify.dispose();
  await model.dispose();
  return { ...best, dims: logits.dims, same: Math.abs(Math.max(...softmax(logits.data)) - best.score) < 1e-6, sum: logits.data.reduce((a, b) => a + b) };
}`;

const LOCAL = `import * as transformers from 'beit-wasm/transformers';
import { read } from './read.mjs';
import { readFile } from 'node:fs/promises';
const bytes = new Uint8Array(await readFile('model/scans/0005-5.png'));
console.log(JSON.stringify(await read(transformers, './model', bytes)));`;

const PAGE = `import * as transformers from '/node_modules/beit-wasm/dist/transformers.web.js';
import { read } from './read.mjs';
const bytes = new Uint8Array(await (await fetch('/model/scans/0005-5.png')).arrayBuffer());
const report = await read(transformers, '/model/', bytes).catch((error) => ({ error: String(error) }));
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });`;

const WORKER = `import * as transformers from 'beit-wasm/transformers';
import { read } from './read.mjs';
export default {
  async fetch(request, { ASSETS }) {
    globalThis.fetch = (url, init) => ASSETS.fetch(String(url), init);
    const bytes = new Uint8Array(await (await ASSETS.fetch('http://assets/scans/0005-5.png')).arrayBuffer());
    return Response.json(await read(transformers, 'http://assets/', bytes));
  },
};`;

/** The first answer, which the others must equal. */
let expected = '';

function right(text: string): string {
  const { label, same } = JSON.parse(text);
  if (label !== '5' || !same) throw new Error(text);
  expected ||= text;
  if (text !== expected) throw new Error(`${text}, others gave ${expected}`);
  return text;
}

function locally(program: string, ...args: readonly string[]): string {
  const binary = installed(program);
  if (!binary) throw new Error(`no ${program}: node scripts/install_tools.mjs runtimes`);
  const options = { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS, stdio: 'pipe' } as const;
  return right(execFileSync(binary, [...args, 'local.mjs'], options).trim());
}

async function inWorkerd(): Promise<string> {
  const binary = installed('@cloudflare/workerd-linux-64/bin/workerd');
  if (!binary) throw new Error('no workerd: node scripts/install_tools.mjs runtimes');
  const out = join(ROOT, 'workerd');
  mkdirSync(out, { recursive: true });
  for (const core of ['strict', 'relaxed', 'picture', 'webp'])
    cpSync(join(PACKAGE, `dist/core.${core}.wasm`), join(out, `core.${core}.wasm`));
  await bundleNeutral({
    entryPoints: [join(ROOT, 'worker.mjs')],
    outfile: join(out, 'bundle.mjs'),
    conditions: ['workerd'],
    external: ['*.wasm', 'node:*'],
  });
  const worker = await startWorker(binary, join(out, 'bundle.mjs'), join(ROOT, 'model'));
  try {
    const response = await fetch(worker.url);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return right(text);
  } finally {
    worker.stop();
  }
}

async function inChromium(): Promise<string> {
  const chromium = await findChromium();
  if (!chromium) throw new Error('no Chromium, or no driver: node scripts/install_tools.mjs');
  const server = await serveFiles(ROOT, ISOLATION);
  const close = await chromium.visit(server.url);
  try {
    const silence = new Promise<string>((_, reject) => {
      setTimeout(() => reject(new Error('the page did not report')), TIMEOUT_MS).unref();
    });
    return right(await Promise.race([server.posted, silence]));
  } finally {
    await close();
    server.close();
  }
}

const ROWS: Rows = {
  'Node 20': () => locally('node-20/bin/node'),
  'Node 24': () => locally('node-24/bin/node'),
  Deno: () =>
    locally(
      'deno-linux/deno',
      'run',
      '--quiet',
      '--no-prompt',
      '--node-modules-dir=manual',
      '--allow-read',
      '--allow-env',
    ),
  Bun: () => locally('bun-linux/bin/bun'),
  workerd: inWorkerd,
  Chromium: inChromium,
};

mkdirSync(ROOT, { recursive: true });
unpackPackage(ROOT);
cpSync('fixtures/beit-digits', join(ROOT, 'model'), { recursive: true });
const FILES = {
  // else `beit-wasm` would be the repository itself, and its options of the compiler would be taken
  'package.json': '{"private":true,"type":"module"}',
  'tsconfig.json': '{}',
  'read.mjs': READ,
  'local.mjs': LOCAL,
  'page.mjs': PAGE,
  'worker.mjs': WORKER,
  'index.html': '<!doctype html><script type="module" src="page.mjs"></script>',
};
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(ROOT, name), text);
await runRows(ROWS);
