// node scripts/run.mjs test/package/bundlers.ts [NAME…]: a small app built by each bundler and run in Chromium, cross-origin
// isolated. The WASM and the worker scripts must be found, so the model has to live in its worker with its threads.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findChromium } from '../runtimes/browsers.ts';
import { ISOLATION, serveFiles } from '../runtimes/fileServer.ts';
import { unpackPackage } from '../runtimes/prepare.ts';
import { runRows } from './rows.ts';

const TOOLS = resolve('.cache/package');
const ROOT = resolve('build/bundlers');
const LIBRARY = join(ROOT, 'node_modules/beit-wasm/dist');
const TIMEOUT = 120_000; // ms

interface Bundler {
  readonly entry: 'main.js' | 'inline.js';
  /** Builds into `out`; the script is `main.js` there, or what a page named there loads. */
  build(entry: string, out: string): void;
  /** Threads expected; the inline core has one. */
  readonly threads: boolean;
  /** Of what a page fetches up to its first answer. Unit: 1000 bytes of gzip. */
  readonly limit?: number;
}

function tool(name: string, args: readonly string[], cwd = ROOT): void {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  const program = join(TOOLS, 'node_modules', name);
  execFileSync(process.execPath, [program, ...args], { cwd, env, stdio: 'pipe', timeout: 300_000 });
}

function page(out: string): void {
  writeFileSync(join(out, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
}

/** What a bundler that leaves `new URL(…, import.meta.url)` alone needs beside its output. */
function copyFiles(out: string): void {
  for (const name of readdirSync(LIBRARY).filter((file) =>
    /^(core\..*\.wasm|(worker|model|chunk)\.web.*\.js)$/.test(file),
  ))
    cpSync(join(LIBRARY, name), join(out, name));
}

const ESBUILD = ['--bundle', '--format=esm', '--target=es2022', '--log-level=error'];

/** A page of Next.js, exported as files. */
const NEXT: Readonly<Record<string, string>> = {
  'package.json': '{"name":"next-app","private":true,"type":"module"}',
  'next.config.mjs': `export default { output: 'export', turbopack: { root: ${JSON.stringify(realpathSync(TOOLS))} } };`,
  // it would take the paths of the repository's own
  'jsconfig.json': '{}',
  'app/layout.js': `export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }`,
  'app/page.js': `'use client';
    import { useEffect } from 'react';
    export default function Page() { useEffect(() => { import('./main.js'); }, []); return <p>BEiT</p>; }`,
};

/** Turbopack is the default of Next.js. */
function nextJs(bundler: string): Bundler {
  return {
    entry: 'main.js',
    threads: true,
    build(entry, out) {
      const app = join(TOOLS, 'next-app');
      rmSync(app, { recursive: true, force: true });
      mkdirSync(join(app, 'app'), { recursive: true });
      unpackPackage(TOOLS);
      cpSync(entry, join(app, 'app/main.js'));
      for (const [file, text] of Object.entries(NEXT)) writeFileSync(join(app, file), text);
      tool('next/dist/bin/next', ['build', bundler], app);
      cpSync(join(app, 'out'), out, { recursive: true });
    },
  };
}

const BUNDLERS: Readonly<Record<string, Bundler>> = {
  esbuild: {
    entry: 'main.js',
    threads: true,
    build(entry, out) {
      tool('esbuild/bin/esbuild', [entry, ...ESBUILD, `--outfile=${join(out, 'main.js')}`]);
      copyFiles(out);
      page(out);
    },
  },
  'esbuild, inline': {
    entry: 'inline.js',
    threads: false,
    build(entry, out) {
      tool('esbuild/bin/esbuild', [entry, ...ESBUILD, `--outfile=${join(out, 'main.js')}`]);
      page(out);
    },
  },
  Vite: {
    entry: 'main.js',
    threads: true,
    limit: 121.5,
    build(entry, out) {
      const source = join(ROOT, 'vite');
      mkdirSync(source, { recursive: true });
      cpSync(entry, join(source, 'main.js'));
      page(source);
      const config = {
        base: './',
        worker: { format: 'es' },
        build: { target: 'es2022', outDir: out, emptyOutDir: true },
      };
      writeFileSync(join(source, 'vite.config.mjs'), `export default ${JSON.stringify(config)};`);
      tool('vite/bin/vite.js', ['build', '--logLevel', 'error'], source);
    },
  },
  Rollup: {
    entry: 'main.js',
    threads: true,
    build(entry, out) {
      const config = join(TOOLS, 'rollup.config.mjs');
      writeFileSync(
        config,
        `import { nodeResolve } from '@rollup/plugin-node-resolve';
         export default { input: ${JSON.stringify(entry)}, output: { dir: ${JSON.stringify(out)}, entryFileNames: 'main.js', format: 'es' },
           plugins: [nodeResolve({ browser: true })] };`,
      );
      tool('rollup/dist/bin/rollup', ['-c', config, '--silent']);
      copyFiles(out);
      page(out);
    },
  },
  webpack: {
    entry: 'main.js',
    threads: true,
    build(entry, out) {
      const script = join(TOOLS, 'webpack.build.cjs');
      writeFileSync(
        script,
        `require('webpack')({ mode: 'production', target: 'web', entry: ${JSON.stringify(entry)}, experiments: { topLevelAwait: true },
           output: { path: ${JSON.stringify(out)}, filename: 'main.js', publicPath: 'auto' }, performance: { hints: false } },
           (error, stats) => { if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); } });`,
      );
      execFileSync(process.execPath, [script], { cwd: ROOT, stdio: 'pipe' });
      page(out);
    },
  },
  'Next.js, Turbopack': nextJs('--turbopack'),
  'Next.js, webpack': nextJs('--webpack'),
};

async function run(
  name: string,
  { entry, build, threads, limit = Number.POSITIVE_INFINITY }: Bundler,
): Promise<string> {
  const out = join(ROOT, 'out', name.replace(/\W+/g, '-'));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  build(join(ROOT, entry), out);
  cpSync('fixtures/beit-digits', join(out, 'model'), { recursive: true });
  const server = await serveFiles(out, ISOLATION);
  const close = await chromium!.visit(server.url);
  try {
    const silence = new Promise<string>((_, reject) => {
      setTimeout(() => reject(new Error('the page did not report')), TIMEOUT).unref();
    });
    const report = JSON.parse(await Promise.race([server.posted, silence]));
    const right = report.label === '5' && report.threads > 1 === threads;
    if (!right) throw new Error(JSON.stringify(report));
    const files = readdirSync(out, { recursive: true }).filter((file) => /\.(js|wasm)$/.test(String(file)));
    const names = files.map((file) => basename(String(file))).join(' ');
    const fetched = fetchedBytes(server.fetched);
    if (fetched > limit) throw new Error(`${fetched.toFixed(1)} kB of gzip fetched, the limit is ${limit}`);
    return `${JSON.stringify(report)}, ${fetched.toFixed(1)} kB of gzip fetched; ${files.length} files: ${names}`;
  } finally {
    await close();
    server.close();
  }
}

/** Scripts and cores that a page fetched up to its first answer, each compressed once. Unit: 1000 bytes. */
function fetchedBytes(fetched: ReadonlySet<string>): number {
  const code = [...fetched].filter((path) => /\.(js|wasm)$/.test(path));
  return code.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0) / 1000;
}

const chromium = await findChromium();
if (!chromium) throw new Error('no Chromium, or no driver: node scripts/install_tools.mjs');
mkdirSync(ROOT, { recursive: true });
unpackPackage(ROOT);
for (const entry of ['main.js', 'inline.js']) cpSync(`test/package/app/${entry}`, join(ROOT, entry));
await runRows(Object.fromEntries(Object.entries(BUNDLERS).map(([name, bundler]) => [name, () => run(name, bundler)])));
