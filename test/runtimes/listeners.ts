// node scripts/run.mjs test/runtimes/listeners.ts [NAME…] [--require-all]: the handler of beit-wasm/serve under every listener
// that it is made for, as a user has it from npm. Each must give the same answers, bit for bit. Build first.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { pipeline } from '../../src/index.ts';
import { bundleNeutral } from './bundleNeutral.ts';
import { unpackPackage } from './prepare.ts';
import { Tally } from './tally.ts';
import { installed } from './tools.ts';
import { startWorker } from './workerd.ts';

const APP = resolve('build/listeners');
const DIGITS = 'fixtures/beit-digits';
const SCAN = new Uint8Array(readFileSync(`${DIGITS}/scans/0005-5.png`));
const START_MS = 60_000;
const DENO = [
  'run',
  '--quiet',
  '--no-prompt',
  '--no-config',
  '--node-modules-dir=manual',
  '--allow-read',
  '--allow-net',
];

/** Where a listener answers, and how it is ended. */
interface Listener {
  readonly url: string;
  stop(): void;
}

/** Name → starts it; null when its program is not installed. */
const LISTENERS: Readonly<Record<string, () => Promise<Listener> | null>> = {
  'node:http': () => started(process.execPath, ['node.mjs']),
  'hono in Node': () => started(process.execPath, ['hono.mjs']),
  'fastify in Node': () => (installed('fastify/package.json') ? started(process.execPath, ['fastify.mjs']) : null),
  'Deno.serve': () => started(installed('deno-linux/deno'), [...DENO, 'deno.mjs']),
  'node:http in Deno': () => started(installed('deno-linux/deno'), [...DENO, 'node.mjs']),
  'Bun.serve': () => started(installed('bun-linux/bin/bun'), ['bun.mjs']),
  'node:http in Bun': () => started(installed('bun-linux/bin/bun'), ['node.mjs']),
  workerd: () => inWorkerd(installed('@cloudflare/workerd-linux-64/bin/workerd')),
};

/** The package, the fixtures, the programs, and the frameworks that they use, as in the folder of a user. */
function prepare(): void {
  unpackPackage(APP);
  writeFileSync(join(APP, 'package.json'), '{"private":true,"type":"module"}');
  writeFileSync(join(APP, 'tsconfig.json'), '{}'); // Bun would take the paths of the repository's own
  cpSync('fixtures/beit-digits', join(APP, 'fixtures/beit-digits'), { recursive: true });
  cpSync('test/runtimes/listeners', APP, { recursive: true });
  mkdirSync(join(APP, 'node_modules/@hono'), { recursive: true });
  for (const name of ['hono', '@hono/node-server']) link(resolve('node_modules', name), name);
  const fastify = installed('fastify');
  if (fastify) link(fastify, 'fastify');
}

function link(to: string, name: string): void {
  try {
    symlinkSync(to, join(APP, 'node_modules', name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Its first line is where it listens. */
function started(program: string | null, args: readonly string[]): Promise<Listener> | null {
  if (!program) return null;
  const child = spawn(program, args, { cwd: APP, stdio: ['ignore', 'pipe', 'inherit'] });
  return firstLine(child).then((url) => ({ url, stop: () => void child.kill('SIGKILL') }));
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`it does not listen after ${START_MS} ms`)), START_MS);
    child.once('error', failed);
    child.once('exit', (code) => failed(new Error(`it ended with ${code}`)));
    createInterface(child.stdout!).once('line', (line) => {
      clearTimeout(timer);
      found(line);
    });
  });
}

function inWorkerd(binary: string | null): Promise<Listener> | null {
  return binary ? bundled().then((script) => startWorker(binary, script, join(APP, 'fixtures'))) : null;
}

/** As wrangler bundles it: the conditions of Workers, WASM as modules beside the script. */
async function bundled(): Promise<string> {
  const folder = join(APP, 'workerd');
  const dist = join(APP, 'node_modules/beit-wasm/dist');
  mkdirSync(folder, { recursive: true });
  for (const core of ['strict', 'relaxed', 'picture', 'webp'])
    cpSync(join(dist, `core.${core}.wasm`), join(folder, `core.${core}.wasm`));
  const outfile = join(folder, 'worker.mjs');
  const alias = { 'beit-wasm/serve': join(dist, 'serve.workerd.js'), 'beit-wasm': join(dist, 'index.workerd.js') };
  await bundleNeutral({
    entryPoints: ['test/runtimes/listeners/workerd.mjs'],
    outfile,
    alias,
    external: ['*.wasm', 'node:*'],
  });
  return outfile;
}

/** What the library itself gives. */
async function ownResults() {
  using classify = await pipeline('image-classification', DIGITS, { threads: 1 });
  using extract = await pipeline('image-feature-extraction', DIGITS, { threads: 1 });
  const guesses = (await classify(SCAN)).map(({ label, score }) => ({ label, score: Math.fround(score) }));
  const { pixelValues } = await classify.processor.preprocess(SCAN);
  const { logits } = await classify.model.forward({ pixelValues });
  return { guesses, logits: [...logits.data], embedding: [...(await extract.embed(SCAN)).data] };
}

const own = await ownResults();
const base64 = Buffer.from(SCAN).toString('base64');
const image = { name: 'image', datatype: 'BYTES', shape: [1], data: [base64] };
const INFER = '/v2/models/digits/infer';

/** What is asked of every listener. */
const QUESTIONS: Readonly<Record<string, (url: string) => Promise<void>>> = {
  async health(url) {
    assert.equal(await (await fetch(`${url}/v2/health/ready`)).json(), { ready: true });
    assert.is((await (await fetch(`${url}/v2/models/digits`)).json()).name, 'digits');
  },
  async 'JSON tensors'(url) {
    const { status, json } = await post(`${url}${INFER}`, JSON.stringify({ id: 'x', inputs: [image] }));
    assert.equal([status, json.id, json.outputs?.[0].data], [200, 'x', own.logits], JSON.stringify(json));
  },
  async 'binary tensors, compressed'(url) {
    const input = { ...image, data: undefined, parameters: { binary_data_size: SCAN.length + 4 } };
    const outputs = [{ name: 'logits', parameters: { binary_data: true } }];
    const head = new TextEncoder().encode(JSON.stringify({ inputs: [input], outputs }));
    const body = gzipSync(Buffer.concat([head, new Uint8Array(new Uint32Array([SCAN.length]).buffer), SCAN]));
    const headers = { 'inference-header-content-length': String(head.length), 'content-encoding': 'gzip' };
    const answer = await fetch(`${url}${INFER}`, { method: 'POST', body: body as BodyInit, headers });
    assert.is(answer.status, 200);
    const end = Number(answer.headers.get('inference-header-content-length'));
    assert.equal([...new Float32Array((await answer.arrayBuffer()).slice(end))], own.logits);
  },
  async 'many at a time'(url) {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`${url}/predict`, SCAN)));
    for (const { status, json } of answers) assert.equal([status, json], [200, own.guesses.slice(0, 5)]);
  },
  async 'query parameters'(url) {
    assert.equal((await post(`${url}/predict?top_k=2`, SCAN)).json, own.guesses.slice(0, 2));
  },
  async embeddings(url) {
    const input = [`data:image/png;base64,${base64}`];
    const { json } = await post(`${url}/v1/embeddings`, JSON.stringify({ model: 'features', input }));
    assert.equal(json.data?.[0].embedding, own.embedding, JSON.stringify(json));
  },
  async errors(url) {
    const statuses = async (path: string, body: string | Uint8Array) => (await post(`${url}${path}`, body)).status;
    assert.is(await statuses('/predict', new Uint8Array([1, 2, 3])), 400);
    assert.is(await statuses('/v2/models/nope/infer', '{}'), 404);
    assert.is(await statuses('/nowhere', '{}'), 404);
    const { json } = await post(`${url}/predict`, SCAN.slice(0, 60));
    assert.is(json.code, 'InvalidImage');
  },
  async 'a client that goes away'(url) {
    const gone = new AbortController();
    const lost = fetch(`${url}/predict`, { method: 'POST', body: SCAN as BodyInit, signal: gone.signal });
    setTimeout(() => gone.abort(), 2);
    await lost.catch(() => null);
    assert.is((await post(`${url}/predict`, SCAN)).status, 200);
  },
  async metrics(url) {
    const text = await (await fetch(`${url}/metrics`)).text();
    assert.match(text, /nv_inference_count\{model="digits",version="1"\} \d\d/);
  },
};

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a protocol answers
  readonly json: any;
}

async function post(url: string, body: string | Uint8Array): Promise<Answer> {
  const answer = await fetch(url, { method: 'POST', body: body as BodyInit });
  return { status: answer.status, json: await answer.json() };
}

const tally = new Tally();
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const requireAll = process.argv.includes('--require-all') || process.env.CI === 'true';
prepare();
for (const [name, start] of Object.entries(LISTENERS)) {
  if (wanted.length > 0 && !wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()))) continue;
  const starting = start();
  if (!starting) {
    if (requireAll) await tally.step(name, () => Promise.reject(new Error('it is not installed')));
    else console.log(`skip: ${name} is not installed`);
    continue;
  }
  await tally.step(name, async () => {
    const listener = await starting;
    try {
      for (const [question, ask] of Object.entries(QUESTIONS)) {
        await ask(listener.url.replace(/\/$/, '')).catch((error) => {
          throw new Error(`${question}: ${error.message}${error.details ? `\n${error.details}` : ''}`);
        });
      }
    } finally {
      listener.stop();
    }
    return Object.keys(QUESTIONS).join(', ');
  });
}
tally.end();
process.exit();
