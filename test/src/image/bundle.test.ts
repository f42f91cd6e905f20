import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha } from './sha.ts';

const test = suite('image/bundle');

/** The cores, inside the script. */
const wasmBytes: Plugin = {
  name: 'wasm bytes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?bytes$/ }, ({ path }) => ({
      path: path.slice(2, -'?bytes'.length),
      namespace: 'wasm',
    }));
    onLoad({ filter: /./, namespace: 'wasm' }, ({ path }) => ({
      contents: readFileSync(`dist/${path}`),
      loader: 'binary',
    }));
  },
};

/** The decoder as a browser or worker gets it, nothing of Node: the file that is loaded at once, and those for rarer formats. */
async function bundled(format: 'iife' | 'esm', platform: 'inline' | 'browser'): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: ['src/image/decode.ts'],
    bundle: true,
    minify: true,
    write: false,
    platform: 'neutral',
    conditions: [platform],
    plugins: [wasmBytes],
    format,
    outdir: 'out',
    splitting: format === 'esm',
    globalName: format === 'iife' ? 'image' : undefined,
    target: 'es2022',
    logLevel: 'error',
  });
  // the platform also reaches the backend on WebGPU
  return outputFiles.filter(({ path }) => !path.includes('openGpu-')).map(({ text }) => text);
}

test('decodes every format where there is nothing of Node', async () => {
  const [code] = await bundled('iife', 'inline');
  assert.not.match(code, /\brequire\(|\bimport\(['"]|\bprocess\./);
  for (const format of ['png', 'jpeg', 'gif', 'bmp', 'tiff']) {
    const cases = JSON.parse(readFileSync(`fixtures/image/${format}.json`, 'utf8'));
    for (const [name, width, height, hash, base64] of cases.filter((_: unknown, i: number) => i % 5 === 0)) {
      if (width === null) continue;
      const context = {
        bytes: Uint8Array.from(Buffer.from(base64, 'base64')),
        TextDecoder,
        WebAssembly,
        performance,
        setTimeout,
        atob,
      };
      const decoded = await runInNewContext(`${code}; image.decode(bytes)`, context);
      assert.equal([decoded.width, decoded.height], [width, height]);
      assert.is(sha(decoded.data), hash, name);
    }
  }
});

test('stays small: what is loaded at once, and each rarer format', async () => {
  const [first, ...later] = (await bundled('esm', 'browser')).map((text) => gzipSync(text, { level: 9 }).length);
  console.log(`decode bundle: ${first} bytes gzipped, later ${later.join(', ')}`);
  assert.ok(first < 14_000, `${first} bytes gzipped`);
  assert.ok(Math.max(...later) < 12_000, `${later} bytes gzipped`);
});

test.run();
