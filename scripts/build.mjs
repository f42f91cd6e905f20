// node scripts/build.mjs [--no-types]: everything that is published, into dist/: the core, one bundle for each platform,
// the worker scripts, the command line and the type declarations. Prints the bytes of each file.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { buildConstants } from './build_constants.mjs';
import { buildCore } from './build_core.mjs';
import { globSync } from './glob.mjs';

const INDEX = 'src/index.ts';
/** The platforms of one file each; `#platform` follows the condition of the same name. */
const PLATFORMS = ['workerd', 'bun', 'node'];
/** A page and its workers share chunks, and formats of weights that most never meet are chunks of their own. */
const WEB = {
  'index.web': INDEX,
  'worker.web': 'src/workers/thread.web.ts',
  'model.web': 'src/workers/model.web.ts',
};

/** The core is inside the script; Deno and JSR find its types by this. */
const INLINE = { banner: { js: '/* @ts-self-types="./types/index.d.ts" */' } };

/** The command line contains a CommonJS package that requires Node's built-ins. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const CLI = { platform: 'node', banner: { js: REQUIRE } };

/** After esbuild's own minifying this saves another 3 to 4 % of gzip. */
const SMALLER = { module: true, ecma: 2022, compress: { passes: 3 }, format: { comments: /@ts-self-types/ } };

/** `*.wasm?bytes`: a core that was built before, as bytes inside the script. */
const wasmBytes = {
  name: 'wasm bytes',
  setup({ onResolve, onLoad }) {
    const namespace = 'wasm-bytes';
    onResolve({ filter: /\.wasm\?bytes$/ }, ({ path }) => ({
      path: `dist/${path.slice(2, -'?bytes'.length)}`,
      namespace,
    }));
    onLoad({ filter: /./, namespace }, ({ path }) => ({ contents: readFileSync(path), loader: 'binary' }));
  },
};

await buildCore();
const define = buildConstants();
for (const old of readdirSync('dist').filter((name) => name.startsWith('chunk.'))) rmSync(`dist/${old}`);
await Promise.all([
  ...PLATFORMS.map((platform) => bundle({ [`index.${platform}`]: INDEX }, platform)),
  bundle({ inline: INDEX }, 'inline', INLINE),
  bundle({ jsr: INDEX }, 'jsr', INLINE),
  bundle({ 'worker.node': 'src/workers/thread.node.ts' }, 'node'),
  bundle(WEB, 'browser', { splitting: true, chunkNames: 'chunk.web.[hash]' }),
  // the GPU's part comes when it is asked for
  bundle({ 'index.deno': INDEX }, 'deno', { splitting: true, chunkNames: 'chunk.deno.[hash]' }),
  bundle({ cli: 'src/cli/index.ts' }, 'node', CLI),
]);
if (!process.argv.includes('--no-types')) emitTypes();
for (const file of readdirSync('dist').filter((name) => /\.(js|wasm)$/.test(name))) report(`dist/${file}`);

async function bundle(entryPoints, condition, more = {}) {
  const { outputFiles } = await build({
    entryPoints,
    outdir: 'dist',
    bundle: true,
    conditions: [condition],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', '*.wasm'],
    plugins: [wasmBytes],
    format: 'esm',
    target: 'es2022',
    minify: true,
    define,
    // the same bytes everywhere: its Node build has workers of its own
    alias: { fflate: 'fflate/browser' },
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    ...more,
  });
  for (const { path, text } of outputFiles) writeFileSync(path, (await minify(text, SMALLER)).code);
}

function emitTypes() {
  rmSync('dist/types', { recursive: true, force: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
  // the compiler leaves the extension of the sources, which are not there
  for (const file of globSync('dist/types', /\.d\.ts$/)) {
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(['"])(\.{1,2}\/[^'"]*)\.ts\1/g, '$1$2.js$1'));
  }
  // what a runtime or a bundler makes of an imported core
  writeFileSync('dist/types/core.d.ts', 'declare const module: WebAssembly.Module;\nexport default module;\n');
}

function report(file) {
  console.log(`${statSync(file).size}\t${gzipSync(readFileSync(file), { level: 9 }).length} gzip\t${file}`);
}
