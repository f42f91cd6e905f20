// node scripts/run.mjs test/frameworks/index.ts [NAME…]: applications as their frameworks make them, built and run with the
// packed package and no configuration for it: pages with models in the state of the framework, a server, and test runners.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Rows, runRows } from '../package/rows.ts';
import { findChromium } from '../runtimes/browsers.ts';
import { ISOLATION, serveFiles } from '../runtimes/fileServer.ts';
import { unpackPackage } from '../runtimes/prepare.ts';
import { installed } from '../runtimes/tools.ts';

const TOOLS = resolve('.cache/frameworks');
const SOURCES = resolve('test/frameworks');
const MODEL = resolve('fixtures/beit-digits');
const TIMEOUT_MS = 180_000;
/** Nuxt and Vitest need Node 22 or newer. */
const NEWER_NODE = installed('node-24/bin/node')!;

/** A fresh folder in which the packages of the tools are found. */
function project(name: string, type: 'module' | 'commonjs'): string {
  const folder = join(TOOLS, 'apps', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type }));
  return folder;
}

/** Runs a program of a package. */
function run(node: string, program: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, MODEL, NO_COLOR: '1', NUXT_TELEMETRY_DISABLED: '1', NODE_ENV: undefined };
  return execFileSync(node, [join(TOOLS, 'node_modules', program), ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: 'pipe',
    timeout: TIMEOUT_MS,
  });
}

/** A page of Vite whose `entry` mounts an app; its plugin is the one that the framework's own template has. */
async function vite(name: string, entry: string, plugin: string): Promise<string> {
  const folder = project(name, 'module');
  cpSync(join(SOURCES, 'apps'), folder, { recursive: true });
  writeFileSync(join(folder, 'vite.config.js'), `${plugin}\nexport default { plugins: [plugin()] };\n`);
  const script = `<script type="module" src="/${entry}"></script>`;
  writeFileSync(join(folder, 'index.html'), `<!doctype html><div id="app"></div>${script}`);
  cpSync(MODEL, join(folder, 'public/model'), { recursive: true });
  run(process.execPath, 'vite/bin/vite.js', ['build', '--logLevel', 'error'], folder);
  const server = await serveFiles(join(folder, 'dist'), ISOLATION);
  try {
    return await answerOf(server.url);
  } finally {
    server.close();
  }
}

/** What the page of an app shows in the end. */
async function answerOf(url: string): Promise<string> {
  const chromium = await findChromium();
  if (!chromium) throw new Error('no Chromium, or no driver: node scripts/install_tools.mjs');
  const browser = await chromium.launch();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.goto(url);
    return right(
      await page.evaluate<string>(`new Promise((found) => {
        const look = () => {
          const text = document.querySelector('#answer')?.textContent;
          if (text) found(text);
          else setTimeout(look, 50);
        };
        look();
        setTimeout(() => found('the page shows no answer'), ${TIMEOUT_MS / 3});
      })`),
    );
  } finally {
    await browser.close();
  }
}

function right(text: string): string {
  if (!text.startsWith('{')) throw new Error(text);
  const { label, same, threads } = JSON.parse(text);
  if (label !== '5' || !same || threads !== 2) throw new Error(text);
  return text;
}

/** Builds an app of Nuxt, moves what it built away from all packages, and asks its route and its page. */
async function nuxt(): Promise<string> {
  const folder = project('nuxt', 'module');
  cpSync(join(SOURCES, 'nuxt'), folder, { recursive: true });
  cpSync(join(SOURCES, 'apps/answer.js'), join(folder, 'answer.js'));
  cpSync(MODEL, join(folder, 'public/model'), { recursive: true });
  run(NEWER_NODE, 'nuxt/bin/nuxt.mjs', ['build'], folder);
  const elsewhere = mkdtempSync(join(tmpdir(), 'beit-nuxt-'));
  cpSync(join(folder, '.output'), elsewhere, { recursive: true });
  const env = { ...process.env, MODEL, PORT: '0', HOST: '127.0.0.1', NODE_ENV: 'production' };
  const server = spawn(NEWER_NODE, [join(elsewhere, 'server/index.mjs')], { cwd: elsewhere, env });
  try {
    const url = await addressIn(server.stdout);
    const route = right(await (await fetch(`${url}/api/read`)).text());
    return `route ${route}, page ${await answerOf(url)}`;
  } finally {
    server.kill();
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

/** The first address that a server prints. */
function addressIn(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((found, failed) => {
    let text = '';
    output.on('data', (chunk) => {
      text += chunk;
      const url = /http:\/\/[\w.]+:\d+/.exec(text);
      if (url) found(url[0]);
    });
    output.on('end', () => failed(new Error(`the server ended: ${text}`)));
  });
}

/** `require` in a test, as Jest does by default. */
function jest(): string {
  const folder = project('jest', 'commonjs');
  cpSync(join(SOURCES, 'jest'), folder, { recursive: true });
  const args = ['--ci', '--rootDir', folder, '--testMatch', '**/*.test.cjs', '--json'];
  const { numPassedTests, numTotalTests } = JSON.parse(run(process.execPath, 'jest/bin/jest.js', args, folder));
  if (numPassedTests !== numTotalTests || numTotalTests === 0) throw new Error(`${numPassedTests} of ${numTotalTests}`);
  return `${numTotalTests} tests`;
}

function vitest(): string {
  const folder = project('vitest', 'module');
  cpSync(join(SOURCES, 'vitest'), folder, { recursive: true });
  const text = run(NEWER_NODE, 'vitest/vitest.mjs', ['run', '--testTimeout=60000'], folder);
  const tests = /Tests +(\d+) passed \(\1\)/.exec(text);
  if (!tests) throw new Error(text);
  return `${tests[1]} tests`;
}

const ROWS: Rows = {
  'Vite, React': () => vite('react', 'react.jsx', `import plugin from '@vitejs/plugin-react';`),
  'Vite, Vue': () => vite('vue', 'vue.js', `import plugin from '@vitejs/plugin-vue';`),
  'Vite, Svelte': () => vite('svelte', 'svelte.js', `import { svelte as plugin } from '@sveltejs/vite-plugin-svelte';`),
  Nuxt: nuxt,
  'Jest, CommonJS': jest,
  Vitest: vitest,
};

mkdirSync(join(TOOLS, 'apps'), { recursive: true });
unpackPackage(TOOLS);
await runRows(ROWS);
