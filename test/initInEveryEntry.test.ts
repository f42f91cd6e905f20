import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { embed } from '../scripts/embed.mjs';
import { ImageProcessor } from '../src/image/process/imageProcessor.ts';
import { BeitForImageClassification } from '../src/pretrained/beitForImageClassification.ts';

const test = suite('init in every entry');

/** Conditions of `#platform`, one for each entry of the package. */
const ENTRIES = ['node', 'browser', 'workerd', 'edge-light', 'inline', 'jsr'];
const CORES = ['core.strict.wasm', 'core.relaxed.wasm', 'core.strict.threads.wasm', 'core.relaxed.threads.wasm'];
const MODEL = 'fixtures/beit-digits';
const folder = mkdtempSync(join(tmpdir(), 'beit-entries-'));
test.after(() => rmSync(folder, { recursive: true }));

const NO_CORE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** The expression for it that fits an import. */
function noCoreAs(path: string): string {
  if (path.endsWith('?brotli')) return JSON.stringify(brotliCompressSync(NO_CORE).toString('base64'));
  const bytes = `new Uint8Array([${NO_CORE}])`;
  return path.endsWith('?bytes') ? bytes : `new WebAssembly.Module(${bytes})`;
}

/** In place of every core that an entry imports: a module that exports nothing. */
const noCore: Plugin = {
  name: 'no core',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm(\?\w+)?$/ }, ({ path }) => ({ path, namespace: 'no-core' }));
    onLoad({ filter: /./, namespace: 'no-core' }, ({ path }) => ({ contents: `export default ${noCoreAs(path)};` }));
  },
};

type Library = typeof import('../src/index.ts');

/** Bundles the library as `entry` has it, into a folder without a core beside it. */
function bundle(entry: string): Promise<unknown> {
  return build({
    entryPoints: ['src/index.ts'],
    outfile: join(folder, `${entry}.mjs`),
    bundle: true,
    conditions: [entry],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    plugins: [noCore, embed()],
    alias: { fflate: 'fflate/browser' },
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
}

/** A copy of the library of its own for every `name`, so that no `init` has been called on it. */
function openEntry(entry: string, name: string): Promise<Library> {
  return import(`${pathToFileURL(join(folder, `${entry}.mjs`))}?${name}`);
}

function picture(width: number, height: number) {
  return { data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 256), width, height };
}

/** The digits with weights of 8 bits, by the names of their files. */
async function quantizedModel(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  using model = await BeitForImageClassification.fromPretrained(MODEL, { dtype: 'q8', threads: 1 });
  await model.savePretrained((name) => {
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(chunk.slice()),
      close: async () => {
        files[name] = Uint8Array.from(Buffer.concat(chunks));
      },
    };
  });
  return files;
}

const config = { size: 32 };
const large = picture(700, 700);
const expected = (await new ImageProcessor(config).preprocess(large)).pixelValues;
const files = await quantizedModel();
await Promise.all(ENTRIES.map(bundle));

for (const entry of ENTRIES) {
  test(`${entry}: resizes, dequantizes and computes with the core that init was given, whichever it is`, async () => {
    const logits: Float32Array[] = [];
    for (const core of CORES) {
      const relaxed = core.includes('relaxed');
      if (relaxed && !WebAssembly.validate(readFileSync(`dist/${core}`))) continue;
      const beit = await openEntry(entry, core);
      await beit.init({ bytes: new Uint8Array(readFileSync(`dist/${core}`)) });
      const { pixelValues } = await new beit.BeitImageProcessor(config).preprocess(large);
      assert.equal(pixelValues.data, expected.data, core);
      using model = await beit.BeitForImageClassification.fromPretrained(files, { dtype: 'f32', threads: 1 });
      assert.is(model.engine.simd, relaxed ? 'relaxed' : 'strict');
      logits.push((await model.forward({ pixelValues })).logits.data);
    }
    assert.ok(logits.length >= 2);
    for (const other of logits) assert.equal(other, logits[0]);
  });
}

test('without init the same entry has no core', async () => {
  for (const entry of ENTRIES) {
    const beit = await openEntry(entry, 'none');
    const failed = await new beit.BeitImageProcessor(config).preprocess(large).then(
      () => false,
      () => true,
    );
    assert.ok(failed, entry);
  }
});

test.run();
