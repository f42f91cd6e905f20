// The JavaScript files of dist/: which there are, and how esbuild makes them.
import { buildConstants } from './build_constants.mjs';
import { wasmBytes } from './wasm_bytes.mjs';

const INDEX = 'src/index.ts';

/** The core is inside the script; Deno and JSR find its types by this. */
const SELF_TYPES = { banner: { js: '/* @ts-self-types="./types/index.d.ts" */' } };

/** The command line contains a CommonJS package that requires Node's built-ins. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** A page and its workers share chunks, and formats of weights that most never meet are chunks of their own. */
const WEB = {
  'index.web': INDEX,
  'worker.web': 'src/workers/thread.web.ts',
  'model.web': 'src/workers/model.web.ts',
};
const chunks = (name) => ({ splitting: true, chunkNames: `chunk.${name}.[hash]` });

/** The command and the script of its threads. */
export const COMMAND = [
  {
    entryPoints: { cli: 'src/cli/index.ts' },
    platform: 'node',
    options: { platform: 'node', banner: { js: REQUIRE } },
  },
  { entryPoints: { 'worker.node': 'src/workers/thread.node.ts' }, platform: 'node' },
  { entryPoints: { 'model.node': 'src/workers/model.node.ts' }, platform: 'node' },
];

const SERVE = 'src/serve/index.ts';

/** `entryPoints`: name in dist/ → source. `platform`: the condition that `#platform` follows. `options` of esbuild. */
export const BUNDLES = [
  ...COMMAND,
  { entryPoints: { 'index.workerd': INDEX }, platform: 'workerd' },
  { entryPoints: { 'index.bun': INDEX }, platform: 'bun' },
  { entryPoints: { 'index.node': INDEX }, platform: 'node' },
  { entryPoints: { 'serve.node': SERVE }, platform: 'node' },
  { entryPoints: { 'serve.bun': SERVE }, platform: 'bun' },
  { entryPoints: { 'serve.deno': SERVE }, platform: 'deno' },
  { entryPoints: { 'serve.workerd': 'src/serve/handler.ts' }, platform: 'workerd' },
  { entryPoints: { inline: INDEX }, platform: 'inline', options: SELF_TYPES },
  { entryPoints: { jsr: INDEX }, platform: 'jsr', options: SELF_TYPES },
  { entryPoints: WEB, platform: 'browser', options: chunks('web') },
  // the backend on WebGPU is fetched when it is asked for
  { entryPoints: { 'index.deno': INDEX }, platform: 'deno', options: chunks('deno') },
];

/** The options of esbuild for a bundle; in the development form it is readable and has a source map. */
export function bundleOptions({ entryPoints, platform, options }, dev) {
  return {
    entryPoints,
    outdir: 'dist',
    bundle: true,
    conditions: [platform],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', '*.wasm'],
    plugins: [wasmBytes],
    format: 'esm',
    target: 'es2022',
    minify: !dev,
    sourcemap: dev ? 'linked' : false,
    define: buildConstants(platform),
    // the same bytes everywhere: its Node build has workers of its own
    // prom-client asks for `util` and needs one function of it
    alias: { fflate: 'fflate/browser', util: './src/serve/inspect.ts' },
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    ...options,
  };
}
