// node scripts/run.mjs test/package/index.ts [--store]: what npm and JSR would publish, held to a golden list of files, to
// publint, to attw, to the compiler of a user, and to the rules of a package without dependencies.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unpackPackage } from '../runtimes/prepare.ts';
import { installed } from '../runtimes/tools.ts';

const GOLDEN = 'test/package/files.txt';
const TOOLS = resolve('.cache/package/node_modules');
const ROOT = resolve('build/package');
const PACKAGE = join(ROOT, 'node_modules/beit-wasm');

/** What a user writes; each `@ts-expect-error` fails the compiler when there is none. */
const USER = `
import { BeitError, init, pipeline, type ProgressEvent, runtimeInfo } from 'beit-wasm';
import core from 'beit-wasm/core.strict.wasm';
import other from 'beit-wasm/core.relaxed.wasm?module';
import { pipeline as inline } from 'beit-wasm/inline';
const classify = await pipeline('image-classification', 'x', { onProgress: (event: ProgressEvent) => event.loaded });
const [best] = await classify(new Uint8Array(3), { topK: 2 });
const label: string = best.label;
const [[first]] = await classify(['x.png', new Uint8Array(3)]);
// @ts-expect-error: no such task
await inline('nothing', 'x');
// @ts-expect-error: a number
const score: string = best.score;
await init({ module: core });
await init({ module: other });
new BeitError('Aborted', first.label + label + score + runtimeInfo().threads);
`;

function run(command: string, args: readonly string[], cwd = '.'): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}\n${stderr}`.slice(0, 3000));
  }
}

function tarball(): string {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', ROOT]));
  return join(ROOT, filename);
}

/** Chunks are named after their content; their number is a matter of the bundler. */
function files(): string[] {
  const names: string[] = JSON.parse(run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts']))[0].files.map(
    ({ path }: { path: string }) => path.replace(/(chunk\.\w+)\.\w+\.(c?js)/, '$1.*.$2').replace(/^src\/.*/, 'src/*'),
  );
  return [...new Set(names)].sort();
}

/** Bundlers make a script of every `new Worker(new URL(…))` they meet: one that could reach its own start would never end. */
function noWorkerStartsItself(): string {
  const scripts = readdirSync('dist').filter((name) => /^(model|worker)\.web\.js$/.test(name));
  for (const script of scripts) {
    const found = new Set([script]);
    for (const name of found) {
      const code = readFileSync(`dist/${name}`, 'utf8');
      if (code.includes(`new URL("./${script}"`)) throw new Error(`${script} reaches its own start, in ${name}`);
      for (const [, next] of code.matchAll(/(?:from|import)\s*\(?\s*"\.\/([\w.-]+\.js)"/g)) found.add(next);
    }
  }
  return scripts.join(', ');
}

function goldenList(): string {
  const found = files();
  if (process.argv.includes('--store')) writeFileSync(GOLDEN, `${found.join('\n')}\n`);
  const golden = readFileSync(GOLDEN, 'utf8').trim().split('\n');
  const more = found.filter((name) => !golden.includes(name));
  const fewer = golden.filter((name) => !found.includes(name));
  if (more.length + fewer.length > 0) throw new Error(`beyond the list: ${more}; missing: ${fewer}`);
  return `${found.length} files`;
}

function noBurden(): string {
  const {
    dependencies = {},
    optionalDependencies,
    peerDependencies,
    scripts,
  } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const needed = { ...dependencies, ...optionalDependencies, ...peerDependencies };
  if (Object.keys(needed).length > 0) throw new Error(`dependencies: ${Object.keys(needed)}`);
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts);
  if (hooks.length > 0) throw new Error(`install scripts: ${hooks}`);
  return 'no dependencies, no install scripts';
}

function compiles(): string {
  writeFileSync(join(ROOT, 'package.json'), '{"type":"module"}');
  writeFileSync(join(ROOT, 'user.ts'), USER);
  const lib = ['es2022', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'];
  const node = {
    lib: lib.slice(0, 2),
    types: ['node'],
    typeRoots: [resolve('node_modules/@types')],
  };
  for (const more of [
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'nodenext', moduleResolution: 'nodenext', ...node },
  ]) {
    const compilerOptions = { noEmit: true, strict: true, target: 'es2022', lib, types: [] as string[], ...more };
    writeFileSync(join(ROOT, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.ts'] }));
    run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', ROOT]);
  }
  return 'nodenext and bundler resolution, libraries checked too; Node without the types of pages';
}

/** One file that imports nothing, in which every type that a user can meet has a name to import. */
function declarations(): string {
  const text = readFileSync(join(PACKAGE, 'dist/types/index.d.ts'), 'utf8');
  if (/^import /m.test(text)) throw new Error('it imports');
  const hidden = [...text.matchAll(/^(?:interface|type) (\w+)/gm)]
    .map(([, name]) => name)
    .filter((name) => !new RegExp(`\\b${name}(\\$\\d+)? as \\w+`).test(text));
  if (hidden.length > 0) throw new Error(`not exported: ${hidden}`);
  return `${text.split('\n').length} lines, all types exported`;
}

/** The modules themselves: no core that imports its memory. */
function jsr(): string {
  const deno = installed('deno-linux/deno');
  if (!deno) throw new Error('no Deno: node scripts/install_tools.mjs runtimes');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const config = JSON.parse(readFileSync('jsr.json', 'utf8'));
  if (config.version !== version) throw new Error(`jsr.json has version ${config.version}, package.json ${version}`);
  const folder = join(ROOT, 'jsr');
  mkdirSync(folder, { recursive: true });
  for (const path of ['jsr.json', 'README.md', 'LICENSE', 'dist']) run('cp', ['-r', path, folder]);
  run(deno, ['publish', '--dry-run', '--allow-dirty'], folder);
  const script =
    "const { pipeline } = await import('./dist/jsr.js'); const c = await pipeline('image-classification', '../../../fixtures/beit-digits'); const [b] = await c('../../../fixtures/beit-digits/scans/0005-5.png'); if (b.label !== '5') throw b;";
  writeFileSync(join(folder, 'use.mjs'), script);
  run(deno, ['run', '--allow-read', '--no-prompt', '--quiet', 'use.mjs'], folder);
  const other = script.replaceAll('jsr.js', 'transformers.jsr.js');
  writeFileSync(join(folder, 'use.transformers.mjs'), other);
  run(deno, ['run', '--allow-read', '--no-prompt', '--quiet', 'use.transformers.mjs'], folder);
  return 'deno publish would take it, and both entries read a digit';
}

const CHECKS: Readonly<Record<string, () => string>> = {
  'npm pack': goldenList,
  'no worker starts itself': noWorkerStartsItself,
  'package.json': noBurden,
  publint: () =>
    run(process.execPath, [join(TOOLS, 'publint/src/cli.js'), 'run', PACKAGE, '--strict'])
      .trim()
      .split('\n')
      .at(-1)!,
  attw: () => {
    const cli = join(TOOLS, '@arethetypeswrong/cli/dist/index.js');
    const file = tarball();
    run(process.execPath, [cli, file, '--profile', 'esm-only']);
    run(process.execPath, [cli, file, '--profile', 'node16', '--entrypoints', '.', 'serve', 'train', 'transformers']);
    return 'every entry as a module, those of Node as CommonJS too';
  },
  types: compiles,
  declarations,
  JSR: jsr,
};

mkdirSync(ROOT, { recursive: true });
unpackPackage(ROOT);
for (const [name, check] of Object.entries(CHECKS)) {
  try {
    console.log(`ok   ${name}: ${check()}`);
  } catch (error) {
    console.log(`FAIL ${name}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
