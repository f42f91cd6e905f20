// node scripts/build.mjs [--no-types]: everything that is published, into dist/: the core, one bundle for each platform,
// the worker scripts, the command line and the type declarations. Prints the bytes of each file.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildConstants } from './build_constants.mjs';
import { buildCore } from './build_core.mjs';

/** Platform → the conditions under which its bundle is resolved; `#platform` follows them. */
const PLATFORMS = {
  workerd: ['workerd'],
  deno: ['deno'],
  bun: ['bun'],
  node: ['node'],
  web: ['browser'],
};
/** Worker scripts, by the names that the sources give them. */
const WORKERS = {
  'worker.node': ['src/workers/thread.node.ts', 'node'],
  'worker.web': ['src/workers/thread.web.ts', 'browser'],
  'model.web': ['src/workers/model.web.ts', 'browser'],
};

/** The command line contains a CommonJS package that requires Node's built-ins. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const CLI = { platform: 'node', banner: { js: REQUIRE } };

await buildCore();
const define = buildConstants();
await Promise.all([
  ...Object.entries(PLATFORMS).map(([name, conditions]) => bundle('src/index.ts', `index.${name}`, conditions)),
  ...Object.entries(WORKERS).map(([name, [entry, condition]]) => bundle(entry, name, [condition])),
  ...(existsSync('src/cli/index.ts') ? [bundle('src/cli/index.ts', 'cli', ['node'], CLI)] : []),
]);
if (!process.argv.includes('--no-types')) emitTypes();
for (const file of readdirSync('dist').filter((name) => /\.(js|wasm)$/.test(name))) report(`dist/${file}`);

function bundle(entry, name, conditions, more = {}) {
  return build({
    entryPoints: { [name]: entry },
    outdir: 'dist',
    bundle: true,
    conditions,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', '*.wasm'],
    format: 'esm',
    target: 'es2022',
    minify: true,
    define,
    // the same bytes everywhere: its Node build has workers of its own
    alias: { fflate: 'fflate/browser' },
    legalComments: 'none',
    logLevel: 'warning',
    ...more,
  });
}

function emitTypes() {
  rmSync('dist/types', { recursive: true, force: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}

function report(file) {
  console.log(`${statSync(file).size}\t${gzipSync(readFileSync(file), { level: 9 }).length} gzip\t${file}`);
}
