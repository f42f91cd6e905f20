import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha } from './sha.ts';

const test = suite('image/bundle');

/** The decoder as a browser or worker gets it: everything bundled in, nothing of Node. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['src/image/decode.ts'],
    bundle: true,
    minify: true,
    write: false,
    platform: 'neutral',
    format: 'iife',
    globalName: 'image',
    target: 'es2022',
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

test('decodes PNG and JPEG where there is nothing of Node', async () => {
  const code = await bundled();
  assert.not.match(code, /\brequire\(|\bimport\(|node:|\bBuffer\b|\bprocess\./);
  for (const format of ['png', 'jpeg']) {
    const cases = JSON.parse(readFileSync(`fixtures/image/${format}.json`, 'utf8'));
    for (const [name, width, height, hash, base64] of cases.filter((_: unknown, i: number) => i % 5 === 0)) {
      const context = { bytes: Uint8Array.from(Buffer.from(base64, 'base64')), TextDecoder };
      const decoded = runInNewContext(`${code}; image.decode(bytes)`, context);
      assert.equal([decoded.width, decoded.height], [width, height]);
      assert.is(sha(decoded.data), hash, name);
    }
  }
});

test('stays small', async () => {
  const size = gzipSync(await bundled(), { level: 9 }).length;
  console.log(`decode bundle: ${size} bytes gzipped`);
  assert.ok(size < 12_000, `${size} bytes gzipped`);
});

test.run();
