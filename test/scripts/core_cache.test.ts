import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cachedCore, cacheKey, sourcesOf } from '../../scripts/core_cache.mjs';
import { CORES } from '../../scripts/cores.mjs';

const test = suite('scripts/core_cache');

let folder: string;
let entry: string;
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'core-cache-'));
  mkdirSync(join(folder, 'simd'));
  entry = join(folder, 'index.ts');
  put('index.ts', "export * from './rows';\n");
  put('rows.ts', "import { exp } from './simd/exp';\nexport { lanes } from './simd/lanes';\n");
  put('simd/exp.ts', "import { lanes } from './lanes';\n");
  put('simd/lanes.ts', 'export const lanes = 4;\n');
  put('unused.ts', '');
});
test.after.each(() => rmSync(folder, { recursive: true }));

test('the sources of a core are its entry and all that it imports', () => {
  const names = [...sourcesOf(entry)].map((file) => file.slice(folder.length + 1)).sort();
  assert.equal(names, ['index.ts', 'rows.ts', 'simd/exp.ts', 'simd/lanes.ts']);
});

test('the key follows sources, options and compiler, and nothing else', () => {
  const key = cacheKey(entry, ['-O3'], '1.0.0');
  put('unused.ts', 'export {};\n');
  assert.is(cacheKey(entry, ['-O3'], '1.0.0'), key);
  assert.is.not(cacheKey(entry, ['-O3', '--debug'], '1.0.0'), key);
  assert.is.not(cacheKey(entry, ['-O3'], '1.0.1'), key);
  put('simd/lanes.ts', 'export const lanes = 8;\n');
  assert.is.not(cacheKey(entry, ['-O3'], '1.0.0'), key);
});

test('a core is compiled once, and again after a change', async () => {
  let compiled = 0;
  const compile = async (file: string) => writeFileSync(file, `module ${++compiled}`);
  const build = async () => readFileSync(await cachedCore(entry, [], compile, join(folder, 'cache')), 'utf8');
  assert.is(await build(), 'module 1');
  assert.is(await build(), 'module 1');
  put('rows.ts', '');
  assert.is(await build(), 'module 2');
});

test('a compilation that fails leaves nothing behind that would be taken for a core', async () => {
  const cache = join(folder, 'cache');
  const fail = async (file: string) => {
    writeFileSync(file, 'half');
    throw new Error('expected a number');
  };
  await cachedCore(entry, [], fail, cache).then(assert.unreachable, (error) => assert.match(error.message, /a number/));
  assert.not.ok(existsSync(join(cache, `${cacheKey(entry, [])}.wasm`)));
  assert.equal(
    readdirSync(cache).filter((name) => name.endsWith('.wasm')),
    [],
  );
});

test('the keys of the real cores cover every source', () => {
  const sources = new Set(Object.values(CORES).flatMap(({ entry }) => [...sourcesOf(entry)]));
  const unused = readdirSync('core-as', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `core-as/${name.replaceAll('\\', '/')}`)
    .filter((file) => !sources.has(file));
  assert.equal(unused, []);
});

test.run();
