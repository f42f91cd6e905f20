import { readFileSync } from 'node:fs';
import { coreFile } from './cores.mjs';

/** `*.wasm?bytes`: a core that was built before, as bytes inside the script. */
export const wasmBytes = {
  name: 'wasm bytes',
  setup({ onResolve, onLoad }) {
    const namespace = 'wasm-bytes';
    onResolve({ filter: /\.wasm\?bytes$/ }, ({ path }) => ({
      path: coreFile(path.replace(/^.*\//, '').slice(0, -'.wasm?bytes'.length)),
      namespace,
    }));
    onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: readFileSync(path),
      loader: 'binary',
      watchFiles: [path],
    }));
  },
};
