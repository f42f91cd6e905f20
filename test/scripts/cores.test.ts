import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CORES, coreFile } from '../../scripts/cores.mjs';

const test = suite('scripts/cores');

const { exports, files } = JSON.parse(readFileSync('package.json', 'utf8'));
const published = Object.keys(CORES).filter((name) => CORES[name].folder === 'dist');

test('the entry of every core is there, and its module is built', () => {
  for (const [name, { entry }] of Object.entries(CORES)) {
    assert.ok(existsSync(entry), entry);
    assert.ok(existsSync(coreFile(name)), coreFile(name));
  }
});

test('the package contains and exports exactly the published cores', () => {
  const inFiles = files.filter((file: string) => file.endsWith('.wasm')).sort();
  assert.equal(inFiles, published.map((name) => coreFile(name)).sort());
  const inExports = Object.keys(exports)
    .filter((path) => path.endsWith('.wasm'))
    .sort();
  assert.equal(inExports, published.map((name) => `./${name}.wasm`).sort());
});

test('a core that is not published is used by no platform', () => {
  for (const [name, { folder, platforms }] of Object.entries(CORES))
    assert.is(platforms.length > 0, folder === 'dist', name);
});

test.run();
