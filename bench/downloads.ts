import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hasRival, rivalFolder } from './contestants/rivalPackage.ts';

/** Bytes a browser fetches before it can compute. */
export interface Download {
  readonly name: string;
  readonly files: readonly string[];
  readonly gzip: number;
}

const CORE = 'core.relaxed.threads.wasm';

/** The engines as a page loads them, each file compressed by itself. */
export function measureDownloads(): Download[] {
  const rivals = hasRival('onnxruntime-web') ? [rivalFolder('onnxruntime-web')] : [];
  const page = ['index.web.js', 'model.web.js', 'worker.web.js'];
  return [
    download('ours, at once', 'dist', [...withImports('dist', page, STATIC), CORE]),
    download('ours, with all that is imported lazily', 'dist', [...withImports('dist', page), CORE]),
    ...rivals.map((folder) => {
      const files = ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'];
      return download('onnxruntime-web, WASM alone', folder, files);
    }),
  ];
}

const STATIC = /(?:from|import)"\.\/([^"]+\.js)"/g;
const ANY = /(?:from|import\(?)"\.\/([^"]+\.js)"/g;

/** The entries and all that they import, directly or not, once each. */
function withImports(folder: string, entries: readonly string[], pattern = ANY): string[] {
  const found = new Set(entries);
  for (const file of found) {
    const text = existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
    for (const [, name] of text.matchAll(pattern)) found.add(name);
  }
  return [...found];
}

function download(name: string, folder: string, wanted: readonly string[]): Download {
  const files = wanted.filter((file) => existsSync(join(folder, file)));
  const sizes = files.map((file) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length);
  return { name, files, gzip: sizes.reduce((a, b) => a + b, 0) };
}
