import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCores } from './core.ts';

const test = suite('core-as/core');

const describe = (variant: string) => {
  const module = new WebAssembly.Module(readFileSync(`dist/core.${variant}.wasm`));
  return { imports: WebAssembly.Module.imports(module), exports: WebAssembly.Module.exports(module) };
};

test('a build without threads imports nothing, one with threads its memory', () => {
  for (const variant of ['strict', 'relaxed']) assert.equal(describe(variant).imports, []);
  for (const variant of ['strict.threads', 'relaxed.threads'])
    assert.equal(describe(variant).imports, [{ module: 'env', name: 'memory', kind: 'memory' }]);
});

test('all builds export the same names', () => {
  const names = loadCores().map(({ kernels }) =>
    Object.keys(kernels)
      .filter((name) => !name.startsWith('__'))
      .sort(),
  );
  for (const other of names.slice(1)) assert.equal(other, names[1]);
  for (const name of names[1]) assert.ok(names[0].includes(name), name);
});

test('a write outside the allowed ranges is noticed', () => {
  for (const core of loadCores()) {
    core.reset();
    const pointer = core.alloc(64);
    const poke = () => new Uint8Array(core.kernels.memory.buffer).set([1], pointer + 64);
    assert.throws(() => core.writesOnly([[pointer, 64]], poke), /outside the output/);
    core.reset();
    core.alloc(64);
    core.writesOnly([[pointer, 65]], poke);
  }
});

test.run();
