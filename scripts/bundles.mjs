// The JavaScript files of dist/: which there are, and how esbuild makes them.
import { buildConstants } from './build_constants.mjs';
import { embed } from './embed.mjs';

const INDEX = 'src/index.ts';

/** The core is inside the script; Deno and JSR find its types by this. */
const SELF_TYPES = { banner: '/* @ts-self-types="./types/index.d.ts" */' };
/** A script without chunks. esbuild would wrap every module of what is imported on demand, which rollup does not. */
const ONE_FILE = { merged: {} };

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

/** A module is not divided between chunks: with a copy of fflate for itself, a page fetches what makes PNG of it and no more. */
const FFLATE_APART = {
  name: 'fflate',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^fflate$/ }, async ({ importer, resolveDir, kind, pluginData }) => {
      if (pluginData === FFLATE_APART || !importer.endsWith('encodePng.ts')) return null;
      const { path } = await resolve('fflate', { resolveDir, kind, importer, pluginData: FFLATE_APART });
      return { path, suffix: '?deflate' };
    });
  },
};

const SERVE = 'src/serve/index.ts';
const TRAIN = 'src/train/index.ts';

const TRANSFORMERS = 'src/transformers/index.ts';

/** The names of transformers.js: a script that imports the library's beside it, so that no code is there twice. */
const overIndex = (name, rest, index = `index.${name}.js`) => ({
  entryPoints: { [`transformers.${name}`]: TRANSFORMERS },
  plugins: [
    {
      name: 'index',
      setup({ onResolve }) {
        onResolve({ filter: /^\.\.\/index\.ts$/ }, () => ({ path: `./${index}`, external: true }));
      },
    },
  ],
  ...rest,
});

/** Of Node the same scripts as CommonJS too: Jest requires them. Everything else loads the modules. */
const NODE_CHUNKS = { chunks: 'chunk.node', commonJs: true };

/** The library, the server and training. */
const entries = (name) => ({ [`index.${name}`]: INDEX, [`serve.${name}`]: SERVE, [`train.${name}`]: TRAIN });

/**
 * `entryPoints`: name in dist/ → source. `platform`: the condition that `#platform` follows. `options` of esbuild.
 * `downloaded`: pages and isolates load it over a network, so it is minified. The others stay readable in stack traces.
 * `merged`: how rollup joins what esbuild makes of it (`merge_chunks.mjs`): chunks that are always fetched together are one
 * file, and without `chunks` all of it is. `commonJs` makes `.cjs` files beside the modules.
 */
export const BUNDLES = [
  COMMAND,
  // Deno and Bun load it too
  { entryPoints: entries('node'), platform: 'node', options: chunks('node'), merged: NODE_CHUNKS },
  { entryPoints: { jsr: INDEX }, platform: 'jsr', ...ONE_FILE, merged: SELF_TYPES },
  { entryPoints: { 'index.workerd': INDEX }, platform: 'workerd', downloaded: true, ...ONE_FILE },
  { entryPoints: { 'serve.workerd': 'src/serve/handler.ts' }, platform: 'workerd', downloaded: true, ...ONE_FILE },
  { entryPoints: { 'index.edge-light': INDEX }, platform: 'edge-light', downloaded: true, ...ONE_FILE },
  { entryPoints: { inline: INDEX }, platform: 'inline', downloaded: true, ...ONE_FILE, merged: SELF_TYPES },
  {
    entryPoints: {
      'index.web': INDEX,
      'worker.web': 'src/workers/thread.web.ts',
      'model.web': 'src/workers/model.web.ts',
    },
    platform: 'browser',
    options: chunks('web'),
    downloaded: true,
    merged: { chunks: 'chunk.web' },
    plugins: [FFLATE_APART],
  },
  overIndex('node', { platform: 'node', merged: NODE_CHUNKS }),
  ...['workerd', 'edge-light'].map((name) => overIndex(name, { platform: name, downloaded: true })),
  overIndex(
    'jsr',
    { platform: 'jsr', options: { banner: { js: '/* @ts-self-types="./types/transformers/index.d.ts" */' } } },
    'jsr.js',
  ),
  overIndex('web', { platform: 'browser', downloaded: true }),
  // shares nothing with the page, whose download would grow by what more chunks cost
  { entryPoints: { 'train.web': TRAIN }, platform: 'browser', options: chunks('train'), downloaded: true },
];

/** Whether esbuild and terser shorten a bundle; in the development form none is. */
export const isMinified = ({ downloaded = false }, dev) => downloaded && !dev;

/** Whether rollup joins the chunks of a bundle; in the development form it does not, and keeps source maps. */
export const isMerged = ({ merged }, dev) => merged !== undefined && !dev;

/** The options of esbuild for a bundle. A published source map names the sources, which are in the package. */
export function bundleOptions(bundle, dev) {
  const { entryPoints, platform, options } = bundle;
  const minify = isMinified(bundle, dev);
  const merged = isMerged(bundle, dev);
  return {
    entryPoints,
    outdir: 'dist',
    bundle: true,
    conditions: [platform],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', '*.wasm', '*.wasm?module'],
    plugins: [embed({ partial: bundle.partial, dev }), ...(bundle.plugins ?? [])],
    format: 'esm',
    target: 'es2022',
    minify,
    sourcemap: minify || (bundle.merged?.chunks === undefined && merged) ? false : 'linked',
    sourcesContent: dev,
    define: buildConstants(platform),
    // fflate: the same bytes everywhere, its Node build has workers of its own
    // prom-client asks for `util` and needs one function of it
    alias: { fflate: 'fflate/browser', util: './src/serve/inspect.ts' },
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    metafile: true,
    splitting: merged,
    banner: !merged && bundle.merged?.banner ? { js: bundle.merged.banner } : {},
    ...options,
  };
}
