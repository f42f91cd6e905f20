// The JavaScript files of dist/: which there are, and how esbuild makes them.
import { buildConstants } from './build_constants.mjs';
import { embed } from './embed.mjs';

const INDEX = 'src/index.ts';

/** The core is inside the script; Deno and JSR find its types by this. */
const SELF_TYPES = { banner: { js: '/* @ts-self-types="./types/index.d.ts" */' } };

/** The command line contains a CommonJS package that requires Node's built-ins. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * Bundles of one platform share chunks: the server and the library, a page and its workers. What few programs need, as formats
 * of weights and the backend on WebGPU, are chunks of their own, loaded when they are asked for.
 */
const chunks = (name) => ({ splitting: true, chunkNames: `chunk.${name}.[hash]` });

export const COMMAND = {
  entryPoints: { cli: 'src/cli/index.ts' },
  platform: 'node',
  options: { platform: 'node', banner: { js: REQUIRE } },
};

const SERVE = 'src/serve/index.ts';
const TRAIN = 'src/train/index.ts';

/** The library, the server and training. */
const entries = (name) => ({ [`index.${name}`]: INDEX, [`serve.${name}`]: SERVE, [`train.${name}`]: TRAIN });

/**
 * `entryPoints`: name in dist/ → source. `platform`: the condition that `#platform` follows. `options` of esbuild.
 * `downloaded`: pages and isolates load it over a network, so it is minified. The others stay readable in stack traces.
 */
export const BUNDLES = [
  COMMAND,
  { entryPoints: entries('node'), platform: 'node', options: chunks('node') },
  { entryPoints: entries('bun'), platform: 'bun', options: chunks('bun') },
  { entryPoints: entries('deno'), platform: 'deno', options: chunks('deno') },
  { entryPoints: { jsr: INDEX }, platform: 'jsr', options: SELF_TYPES },
  { entryPoints: { 'index.workerd': INDEX }, platform: 'workerd', downloaded: true },
  { entryPoints: { 'serve.workerd': 'src/serve/handler.ts' }, platform: 'workerd', downloaded: true },
  { entryPoints: { 'index.edge-light': INDEX }, platform: 'edge-light', downloaded: true },
  { entryPoints: { inline: INDEX }, platform: 'inline', options: SELF_TYPES, downloaded: true },
  {
    entryPoints: {
      'index.web': INDEX,
      'worker.web': 'src/workers/thread.web.ts',
      'model.web': 'src/workers/model.web.ts',
    },
    platform: 'browser',
    options: chunks('web'),
    downloaded: true,
  },
  // shares nothing with the page, whose download would grow by what more chunks cost
  { entryPoints: { 'train.web': TRAIN }, platform: 'browser', options: chunks('train'), downloaded: true },
];

/** Whether esbuild and terser shorten a bundle; in the development form none is. */
export const isMinified = ({ downloaded = false }, dev) => downloaded && !dev;

/** The options of esbuild for a bundle. A published source map names the sources, which are in the package. */
export function bundleOptions(bundle, dev) {
  const { entryPoints, platform, options } = bundle;
  const minify = isMinified(bundle, dev);
  return {
    entryPoints,
    outdir: 'dist',
    bundle: true,
    conditions: [platform],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', '*.wasm', '*.wasm?module'],
    plugins: [embed({ partial: bundle.partial, dev })],
    format: 'esm',
    target: 'es2022',
    minify,
    sourcemap: minify ? false : 'linked',
    sourcesContent: dev,
    define: buildConstants(platform),
    // fflate: the same bytes everywhere, its Node build has workers of its own
    // prom-client asks for `util` and needs one function of it
    alias: { fflate: 'fflate/browser', util: './src/serve/inspect.ts' },
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    ...options,
  };
}
