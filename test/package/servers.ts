// node scripts/run.mjs test/package/servers.ts [NAME…]: a small server program built by each bundler, with no configuration, and
// run where nothing of the package stands beside it. It must read a digit with two threads.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { unpackPackage } from '../runtimes/prepare.ts';
import { installed } from '../runtimes/tools.ts';
import { type Rows, runRows, Skipped } from './rows.ts';

const TOOLS = resolve('.cache/package');
const ROOT = resolve('build/servers');
const MODEL = resolve('fixtures/beit-digits');
const TIMEOUT_MS = 300_000;

const APP = `
import { pipeline, runtimeInfo } from 'beit-wasm';
async function main() {
  const model = process.argv.at(-1);
  const classify = await pipeline('image-classification', model, { threads: 2 });
  const [best] = await classify(model + '/scans/0005-5.png');
  console.log(JSON.stringify({ label: best.label, threads: runtimeInfo(classify.model).threads }));
  classify.dispose();
}
main();
`;

/** Name → builds the app of `entry` into `out` and returns the command that runs it. */
const BUILDS: Readonly<Record<string, (entry: string, out: string) => readonly string[]>> = {
  'esbuild, ESM': (entry, out) => esbuild(entry, join(out, 'app.mjs'), 'esm'),
  'esbuild, CommonJS': (entry, out) => esbuild(entry, join(out, 'app.cjs'), 'cjs'),
  'rolldown, ESM': (entry, out) => rolldown(entry, out, 'esm', 'app.js'),
  // a file of its own: the folder's package.json says that .js are modules
  'rolldown, CommonJS': (entry, out) => rolldown(entry, out, 'cjs', 'app.cjs'),
  webpack: (entry, out) => {
    const config = { mode: 'production', target: 'node', entry, output: { path: out, filename: 'app.cjs' } };
    const script = join(TOOLS, 'webpack.server.cjs');
    const done = '(e, s) => { if (e || s.hasErrors()) { console.error(e ?? s.toString()); process.exit(1); } }';
    writeFileSync(script, `require('webpack')(${JSON.stringify(config)}, ${done});`);
    execFileSync(process.execPath, [script], { cwd: ROOT, stdio: 'pipe' });
    return [process.execPath, join(out, 'app.cjs')];
  },
  '@vercel/nft': (entry, out) => {
    const script = join(TOOLS, 'nft.mjs');
    const trace = `console.log(JSON.stringify([...(await nodeFileTrace([${JSON.stringify(entry)}])).fileList]));`;
    writeFileSync(script, `import { nodeFileTrace } from '@vercel/nft';\n${trace}`);
    const files: string[] = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' }));
    for (const file of files) cpSync(resolve(file), join(out, relative(ROOT, resolve(file))));
    return [process.execPath, join(out, 'app.js')];
  },
  'deno bundle': (entry, out) => {
    const app = join(out, 'app.js');
    execFileSync(deno(), ['bundle', '--quiet', entry, '-o', app], { stdio: 'pipe' });
    return [deno(), 'run', '--allow-read', '--no-prompt', '--quiet', app];
  },
  'deno compile': (entry, out) => {
    const app = join(out, 'app');
    const options = ['--allow-read', '--no-check', '--quiet', '-o', app];
    const { status, stderr } = spawnSync(deno(), ['compile', ...options, entry], { encoding: 'utf8' });
    // what executables are made of is a download
    if (/error sending request for url .*denort/.test(stderr)) throw new Skipped('Deno cannot download denort');
    if (status !== 0) throw new Error(stderr);
    return [app];
  },
  'bun build': (entry, out) => {
    execFileSync(bun(), ['build', entry, '--target=bun', `--outdir=${out}`], { stdio: 'pipe' });
    return [bun(), join(out, 'app.js')];
  },
  'bun build --compile': (entry, out) => {
    execFileSync(bun(), ['build', entry, '--compile', `--outfile=${join(out, 'app')}`], { stdio: 'pipe' });
    return [join(out, 'app')];
  },
};

function tool(name: string, args: readonly string[]): void {
  execFileSync(process.execPath, [join(TOOLS, 'node_modules', name), ...args], { cwd: ROOT, stdio: 'pipe' });
}

function esbuild(entry: string, outfile: string, format: string): readonly string[] {
  tool('esbuild/bin/esbuild', [entry, '--bundle', '--platform=node', `--format=${format}`, `--outfile=${outfile}`]);
  return [process.execPath, outfile];
}

function rolldown(entry: string, out: string, format: string, file: string): readonly string[] {
  const names = ['--entry-file-names', file, '--chunk-file-names', `[name].[hash]${file.slice(3)}`];
  tool('rolldown/bin/cli.mjs', [entry, '--platform', 'node', '--format', format, '--dir', out, ...names]);
  return [process.execPath, join(out, file)];
}

function deno(): string {
  const program = installed('deno-linux/deno');
  if (!program) throw new Error('no Deno: node scripts/install_tools.mjs runtimes');
  return program;
}

function bun(): string {
  const program = installed('bun-linux/bin/bun');
  if (!program) throw new Error('no Bun: node scripts/install_tools.mjs runtimes');
  return program;
}

function readsDigit(name: string): string {
  const out = join(ROOT, 'out', name.replace(/\W+/g, '-'));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const [program, ...args] = BUILDS[name](join(ROOT, 'app.js'), out);
  const elsewhere = join('/tmp', `beit-${process.pid}`);
  cpSync(out, elsewhere, { recursive: true });
  try {
    const moved = [program, ...args].map((path) => path.replace(out, elsewhere));
    const answer = execFileSync(moved[0], [...moved.slice(1), MODEL], { encoding: 'utf8', timeout: TIMEOUT_MS });
    const { label, threads } = JSON.parse(answer);
    if (label !== '5' || threads !== 2) throw new Error(answer);
    return answer.trim();
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

/** Route → source. The model is in public/, so that edge routes can fetch it. */
const NEXT: Readonly<Record<string, string>> = {
  'package.json': '{"name":"next-server","private":true,"type":"module"}',
  'next.config.mjs': `export default { turbopack: { root: ${JSON.stringify(realpathSync(TOOLS))} } };`,
  // it would take the paths of the repository's own
  'jsconfig.json': '{}',
  'app/layout.js': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
  'app/page.js': 'export default () => <p>BEiT</p>;',
  'app/node/route.js': `export const runtime = 'nodejs';
    export const dynamic = 'force-dynamic';
    export ${handler('GET', "process.cwd() + '/public/model'", '{ threads: 2 }')}`,
  'pages/api/edge.js': `export const config = { runtime: 'edge' };
    export default ${handler('edge', "new URL('/model/', request.url).href", '{}')}`,
};

/** Only for Turbopack: webpack in Next.js 16.4 cannot build an edge route in app/, even one that imports nothing. */
const TURBOPACK: Readonly<Record<string, string>> = {
  'app/edge/route.js': `export const runtime = 'edge';
    export const dynamic = 'force-dynamic';
    export ${handler('GET', "new URL('/model/', request.url).href", '{}')}`,
};

function handler(name: string, model: string, options: string): string {
  return `async function ${name}(request) {
      const { pipeline, runtimeInfo } = await import('beit-wasm');
      const classify = await pipeline('image-classification', ${model}, ${options});
      const scan = await (await fetch(new URL('/model/scans/0005-5.png', request.url))).arrayBuffer();
      const [best] = await classify(new Uint8Array(scan));
      const { threads, runtime } = runtimeInfo(classify.model);
      return Response.json({ label: best.label, threads, runtime });
    }`;
}

/** Builds an app of Next.js and asks its routes. */
async function next(flag: string, files: Readonly<Record<string, string>>, edges: readonly string[]): Promise<string> {
  const app = join(TOOLS, 'next-server');
  rmSync(app, { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    writeFileSync(join(app, file), text);
  }
  cpSync(MODEL, join(app, 'public/model'), { recursive: true });
  unpackPackage(TOOLS);
  const cli = join(TOOLS, 'node_modules/next/dist/bin/next');
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  execFileSync(process.execPath, [cli, 'build', flag], { cwd: app, env, stdio: 'pipe', timeout: TIMEOUT_MS });
  const server = spawn(process.execPath, [cli, 'start', '-p', '0'], { cwd: app, env });
  try {
    const url = await address(server.stdout);
    const node = await answer(`${url}/node`);
    if (node.label !== '5' || node.threads !== 2) throw new Error(`node: ${JSON.stringify(node)}`);
    for (const route of edges) {
      const edge = await answer(`${url}${route}`);
      if (edge.label !== '5' || edge.runtime !== 'edge-light') throw new Error(`${route}: ${JSON.stringify(edge)}`);
    }
    return `/node, ${edges.join(', ')}`;
  } finally {
    server.kill();
  }
}

function address(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((found, failed) => {
    let text = '';
    output.on('data', (chunk) => {
      text += chunk;
      const url = /http:\/\/localhost:\d+/.exec(text);
      if (url) found(url[0]);
    });
    output.on('end', () => failed(new Error(`the server ended: ${text}`)));
  });
}

async function answer(url: string): Promise<{ label: string; threads: number; runtime: string }> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** What a program prints that forgets to catch. */
function uncaughtError(): string {
  const script = "import('beit-wasm').then((beit) => beit.pipeline('image-classification', './nope'))";
  const { stderr } = spawnSync(process.execPath, ['--eval', script], { cwd: ROOT, encoding: 'utf8' });
  if (stderr.length > 3000 || !/BeitError/.test(stderr)) throw new Error(`${stderr.length}: ${stderr.slice(0, 2000)}`);
  const { stderr: mapped } = spawnSync(process.execPath, ['--enable-source-maps', '--eval', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (!/src\/\w+\/\w+\.ts:\d+/.test(mapped)) throw new Error(`no frame of a source: ${mapped.slice(0, 2000)}`);
  return `${stderr.length} bytes, and its frames are those of the sources with --enable-source-maps`;
}

/** As `npx beit-wasm` finds it. */
function command(): string {
  const folder = join(ROOT, 'npx');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { encoding: 'utf8' }),
  );
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], {
    cwd: folder,
    stdio: 'pipe',
  });
  const args = ['beit-wasm', 'classify', join(MODEL, 'scans/0005-5.png'), '--top-k', '1'];
  const text = execFileSync('npx', ['--no-install', ...args], { cwd: folder, encoding: 'utf8' });
  if (!/%\s+5$/m.test(text)) throw new Error(text);
  return 'npx beit-wasm reads a digit';
}

const CHECKS: Rows = {
  ...Object.fromEntries(Object.keys(BUILDS).map((name) => [name, () => readsDigit(name)])),
  'Next.js, Turbopack': () => next('--turbopack', { ...NEXT, ...TURBOPACK }, ['/api/edge', '/edge']),
  'Next.js, webpack': () => next('--webpack', NEXT, ['/api/edge']),
  'an uncaught error': uncaughtError,
  command,
};

mkdirSync(ROOT, { recursive: true });
unpackPackage(ROOT);
writeFileSync(join(ROOT, 'package.json'), '{"type":"module"}');
// bundlers would take the paths of the repository's own
writeFileSync(join(ROOT, 'tsconfig.json'), '{}');
writeFileSync(join(ROOT, 'app.js'), APP);
await runRows(CHECKS);
