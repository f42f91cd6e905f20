import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { coreFile } from './cores.mjs';

/** A core that was built before, by the name in its import. */
const coreOf = (path) => resolve(coreFile(path.slice(path.lastIndexOf('/') + 1, path.indexOf('.wasm?'))));

/**
 * An esbuild plugin for what is put into scripts: `*.wasm?bytes` is a core as bytes, `*.wasm?brotli` one compressed, in base64;
 * `*.ts?script` is a module with all it imports, as the text of a script. `inject` are modules that such a script runs first.
 * With `partial` a core that was not built is left empty: the demo needs two of them.
 */
export function embed({ dev = false, inject = [], partial = false } = {}) {
  const bytesOf = (file) => (partial && !existsSync(file) ? new Uint8Array() : readFileSync(file));
  return {
    name: 'embed',
    setup({ onResolve, onLoad, initialOptions: { conditions } }) {
      onResolve({ filter: /\.wasm\?(bytes|brotli)$/ }, ({ path }) => ({ path, namespace: 'core' }));
      onLoad({ filter: /\?bytes$/, namespace: 'core' }, ({ path }) => {
        const file = coreOf(path);
        return { contents: bytesOf(file), loader: 'binary', watchFiles: [file] };
      });
      onLoad({ filter: /\?brotli$/, namespace: 'core' }, ({ path }) => {
        const file = coreOf(path);
        return { contents: compressed(bytesOf(file), dev), loader: 'text', watchFiles: [file] };
      });
      onResolve({ filter: /\.ts\?script$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path.slice(0, -'?script'.length)),
        namespace: 'script',
      }));
      onLoad({ filter: /./, namespace: 'script' }, ({ path }) =>
        scriptText(path, conditions, { dev, inject, partial }),
      );
    },
  };
}

/** Compressing well takes a moment, and many bundles contain the same cores. */
const texts = new Map();

function compressed(bytes, dev) {
  const [key, quality] = [Buffer.from(bytes).toString('base64'), dev ? 1 : 11];
  const text = texts.get(key) ?? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
  texts.set(key, text);
  return text.toString('base64');
}

/** CommonJS, as a worker evaluates it. */
async function scriptText(path, conditions, { dev, inject, partial }) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    metafile: true,
    inject,
    conditions,
    plugins: [embed({ dev, inject, partial })],
    alias: { fflate: 'fflate/browser' },
    format: 'cjs',
    platform: 'node',
    target: 'es2022',
    minify: !dev,
    keepNames: true,
    logLevel: 'warning',
  });
  const watchFiles = Object.keys(metafile.inputs).map((file) => resolve(file));
  return { contents: outputFiles[0].text, loader: 'text', watchFiles };
}
