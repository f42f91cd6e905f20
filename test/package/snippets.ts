// node scripts/run.mjs test/package/snippets.ts [FILE…]: every block of README.md and docs/ from the packed package on Node 20, in a
// folder where nothing else is installed. The files that a block names are put there under the names that it uses.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transform } from 'esbuild';
import { findChromium } from '../runtimes/browsers.ts';
import { type FileServer, serveFiles } from '../runtimes/fileServer.ts';
import { unpackPackage } from '../runtimes/prepare.ts';
import { installed } from '../runtimes/tools.ts';
import { type Rows, runRows } from './rows.ts';

const ROOT = resolve('build/snippets');
const TIMEOUT_MS = 120_000;
const DIGITS = 'fixtures/beit-digits';
const SCANS = `${DIGITS}/scans`;
/** Name in a guide → what there is of its kind. A folder comes before a repository of the hub. */
const EXAMPLE_OF: Readonly<Record<string, string>> = {
  // as an installed user has it
  'photo.jpg': join(ROOT, 'node_modules/beit-wasm/fixtures/pictures/still-life.jpg'),
  pictures: SCANS,
  'pets/cat': SCANS,
  'pets/dog': SCANS,
  'other-pets/cat': SCANS,
  'other-pets/dog': SCANS,
  'checkpoint.pth': 'fixtures/formats/pytorch_model.bin',
  'dall-e': 'fixtures/tokenizers/dvae',
  // its tokens are below those of the tokenizer
  'beit-base-pt22k': 'fixtures/models/mim',
  'Intel/dpt-beit-base-384': 'fixtures/models/dpt_beit',
  'Intel/zoedepth-nyu-kitti': 'fixtures/models/zoedepth',
  ...Object.fromEntries(
    ['beit-base', 'beit-cats', 'my-beit', 'my-model', 'microsoft/beit-base-patch16-224'].map((name) => [name, DIGITS]),
  ),
};
/** Of models that have none, since their tests make pixels themselves. */
const PROCESSORS: Readonly<Record<string, object>> = {
  'beit-base-pt22k': {
    image_processor_type: 'BeitImageProcessor',
    size: { height: 16, width: 16 },
    do_center_crop: false,
  },
  'Intel/dpt-beit-base-384': { image_processor_type: 'DPTImageProcessor', size: { height: 20, width: 20 } },
  'Intel/zoedepth-nyu-kitti': { image_processor_type: 'ZoeDepthImageProcessor', size: { height: 24, width: 24 } },
};
/**
 * Blocks for a clone of the repository or for a cluster, and pre-training on DALL-E's tokenizer, which needs a model of 14 × 14 patches:
 * what they start has tests of its own.
 */
const ELSEWHERE = /^(npm (ci|run|test|install)|cd examples|npx beit-wasm pretrain)/;

interface Block {
  readonly language: string;
  readonly code: string;
}

function blocksOf(file: string): Block[] {
  const found = readFileSync(file, 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, language, code]) => ({ language, code }));
}

/** A fresh folder with the package and what guides name. */
function project(): void {
  for (const name of readdirSync(ROOT)) if (name !== 'node_modules') rmSync(join(ROOT, name), { recursive: true });
  writeFileSync(join(ROOT, 'package.json'), '{"private":true,"dependencies":{"beit-wasm":"*"}}');
  for (const [name, path] of Object.entries(EXAMPLE_OF)) cpSync(path, join(ROOT, name), { recursive: true });
  for (const [name, processor] of Object.entries(PROCESSORS))
    writeFileSync(join(ROOT, name, 'preprocessor_config.json'), JSON.stringify(processor));
  // classes that differ
  for (const [kind, digits] of [
    ['cat', /[0-4]\.png$/],
    ['dog', /[5-9]\.png$/],
  ] as const)
    for (const folder of ['pets', 'other-pets'])
      for (const name of readdirSync(join(ROOT, folder, kind)))
        if (!digits.test(name)) rmSync(join(ROOT, folder, kind, name));
}

function run(program: string, args: readonly string[]): string {
  // nothing is asked of a network: a name that is not in the folder would fail
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`, HF_HUB_OFFLINE: '1' };
  const options = { cwd: ROOT, env: { ...env, npm_config_offline: 'true' }, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync(program, args, { ...options, timeout: TIMEOUT_MS });
}

function tool(path: string): string {
  const program = installed(path);
  if (!program) throw new Error(`no ${path}: node scripts/install_tools.mjs runtimes`);
  return program;
}

function script(code: string): string {
  writeFileSync(join(ROOT, 'main.mjs'), code);
  return run(tool('node-20/bin/node'), ['main.mjs']);
}

async function typeScript(code: string): Promise<string> {
  if (/export default \{/.test(code)) return worker(code);
  if (!code.includes('npm:')) return script((await transform(code, { loader: 'ts', target: 'es2022' })).code);
  writeFileSync(join(ROOT, 'main.ts'), code);
  const args = ['run', '--no-prompt', '--quiet', '--node-modules-dir=manual', '--allow-read', '--allow-env'];
  const serves = code.includes('Deno.serve');
  if (!serves) return run(tool('deno-linux/deno'), [...args, 'main.ts']);
  return answers(
    tool('deno-linux/deno'),
    [...args, '--allow-net', 'main.ts'],
    'curl -sf --data-binary @photo.jpg localhost:8080/',
  );
}

/** A Worker is an object with `fetch`; its model is at an address that a server here answers for. */
async function worker(code: string): Promise<string> {
  const module = (await transform(code, { loader: 'ts', target: 'es2022' })).code;
  writeFileSync(join(ROOT, 'worker.mjs'), module);
  return script(`import { readFile } from 'node:fs/promises';
    const files = new Map(); // the server of models.example.com
    globalThis.fetch = async (url) => {
      const name = new URL(url.url ?? url).pathname.replace('/beit-base/', '');
      const bytes = await readFile('beit-base/' + name).catch(() => null);
      return bytes ? new Response(bytes, { headers: { 'content-length': bytes.length } }) : new Response('', { status: 404 });
    };
    const { default: worker } = await import('./worker.mjs');
    const body = await readFile('photo.jpg');
    const response = await worker.fetch(new Request('http://x/', { method: 'POST', body }));
    console.log(await response.text());
    process.exit();`);
}

/** Starts a server, asks it, and ends it. */
async function answers(program: string, args: readonly string[], ask: string): Promise<string> {
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` };
  const server = spawn(program, args, { cwd: ROOT, env, stdio: 'ignore', detached: true });
  try {
    return run('sh', ['-c', `for i in $(seq 100); do ${ask} && exit 0; sleep 0.3; done; exit 1`]);
  } finally {
    process.kill(-server.pid!, 'SIGKILL'); // npx and what it started
  }
}

/** The page of a CDN's user: the CDN is the packed package, the picture a file that is chosen. */
async function page(code: string): Promise<string> {
  const cdn = 'https://cdn.jsdelivr.net/npm/beit-wasm/';
  const chromium = await findChromium();
  if (!chromium) throw new Error('no Chromium, or no driver: node scripts/install_tools.mjs');
  const start = `globalThis.show = (text) => fetch('/report', { method: 'POST', body: text });
    console.log = (...shown) => { if (Array.isArray(shown[0])) show(JSON.stringify(shown[0])); };
    addEventListener('unhandledrejection', ({ reason }) => show(String(reason)));
    const bytes = await (await fetch('/photo.jpg')).blob();
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'photo.jpg'));
    document.querySelector('input').files = data.files;`;
  const server: FileServer = await serveFiles(ROOT);
  const here = code
    .replace(cdn, `${server.url}node_modules/beit-wasm/`)
    .replace("'microsoft/", `'${server.url}microsoft/`)
    .replace('<script type="module">', `<input type="file"><script type="module">${start}`);
  writeFileSync(join(ROOT, 'index.html'), `<!doctype html>${here}`);
  const close = await chromium.visit(server.url);
  try {
    const silence = new Promise<string>((_, reject) => {
      setTimeout(() => reject(new Error('the page shows nothing')), TIMEOUT_MS).unref();
    });
    const text = await Promise.race([server.posted, silence]);
    if (!text.startsWith('[')) throw new Error(text);
    return text;
  } finally {
    await close();
    server.close();
  }
}

/** Runs a block; null for one that is not run by itself. `all` are those of the same guide. */
async function runBlock({ language, code }: Block, all: readonly Block[]): Promise<string | null> {
  if (language === 'js') return script(code);
  if (language === 'ts') return typeScript(code);
  if (language === 'html') return page(code);
  if (language !== 'sh') return null; // Python
  if (ELSEWHERE.test(code)) return null;
  if (code.startsWith('curl')) return null; // with the server
  if (/^npx beit-wasm serve/.test(code)) {
    const ask = all.find((block) => block.code.startsWith('curl'))!.code.trim();
    return answers('sh', ['-c', code], ask.replace('curl', 'curl -sf'));
  }
  return run('sh', ['-ec', code]);
}

async function runGuide(file: string): Promise<string> {
  const blocks = blocksOf(file);
  let ran = 0;
  for (const [i, block] of blocks.entries()) {
    project();
    try {
      if ((await runBlock(block, blocks)) !== null) ran++;
    } catch (error) {
      const { message, stderr = '' } = error as Error & { stderr?: string };
      throw new Error(`block ${i + 1} (${block.language}): ${stderr || message}\n${block.code}`);
    }
  }
  return `${ran} of ${blocks.length} blocks ran`;
}

const GUIDES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)];
const ROWS: Rows = Object.fromEntries(
  GUIDES.filter((name) => name.endsWith('.md') && blocksOf(name).length > 0).map((name) => [
    name,
    () => runGuide(name),
  ]),
);

mkdirSync(ROOT, { recursive: true });
unpackPackage(ROOT);
const BIN = join(ROOT, 'node_modules/.bin');
mkdirSync(BIN, { recursive: true });
for (const name of ['beit', 'beit-wasm']) {
  rmSync(join(BIN, name), { force: true });
  execFileSync('ln', ['-s', '../beit-wasm/dist/cli.js', join(BIN, name)]);
}
execFileSync('chmod', ['+x', join(ROOT, 'node_modules/beit-wasm/dist/cli.js')]);
await runRows(ROWS);
