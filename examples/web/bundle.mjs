// The scripts of the page from their TypeScript, with the library beside them and not inside.
import { build } from 'esbuild';

/** What pages of your own write as `beit-wasm` is a file beside this page. */
const LIBRARY = { 'beit-wasm': './beit-wasm/index.web.js', 'beit-wasm/train': './beit-wasm/train.web.js' };
const libraryBeside = {
  name: 'library-beside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^beit-wasm(\/train)?$/ }, ({ path }) => ({ path: LIBRARY[path], external: true })),
};

/** Name → text of each script, for `folder` of the page's sources. */
export async function bundlePage(folder) {
  const { outputFiles } = await build({
    entryPoints: { page: `${folder}page.ts`, 'train.worker': `${folder}train.worker.ts` },
    outdir: '.',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { fflate: 'fflate/browser' },
    plugins: [libraryBeside],
    write: false,
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.split(/[\\/]/).pop(), contents]));
}
