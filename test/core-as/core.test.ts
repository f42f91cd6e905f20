import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCores } from './core.ts';

const test = suite('core-as/core');

const modules = ['strict', 'relaxed', 'strict.threads', 'relaxed.threads']
  .map((variant) => ({ variant, bytes: readFileSync(`dist/core.${variant}.wasm`) }))
  .filter(({ bytes }) => WebAssembly.validate(bytes));

test('a build without threads imports nothing, one with threads its memory', () => {
  assert.ok(modules.length >= 2);
  for (const { variant, bytes } of modules) {
    const memory = [{ module: 'env', name: 'memory', kind: 'memory' }];
    const expected = variant.endsWith('threads') ? memory : [];
    assert.equal(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), expected, variant);
  }
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

test('a trap names its kernel', () => {
  const outside = 0x7fffff00;
  for (const { name, kernels } of loadCores()) {
    const call = () => kernels.layer_norm(0, 1, outside, outside, outside, outside, 64, 1e-5, 64, 64);
    assert.throws(call, (error: Error) => /\blayer_norm\b/.test(stackAbove(error, 'call')), name);
  }
});

/** The frames that were entered from the function `caller`. */
function stackAbove(error: Error, caller: string): string {
  const frames = error.stack!.split('\n').slice(1);
  return frames
    .slice(
      0,
      frames.findIndex((frame) => frame.includes(`at ${caller} `)),
    )
    .join('\n');
}

test.run();
