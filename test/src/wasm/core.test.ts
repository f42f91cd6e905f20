import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasRelaxedSimd, hasSimd, instantiate, instantiateShared, sharedMemory } from '../../../src/wasm/core.ts';
import { refused } from '../refused.ts';

const test = suite('wasm/core');
const moduleOf = (file: string) => new WebAssembly.Module(readFileSync(`dist/${file}`));

test('where there is no address space for it, the memory of a core is refused by name', async () => {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class {
    constructor() {
      throw new RangeError('WebAssembly.Instance(): Out of memory');
    }
  } as never;
  try {
    await refused(() => instantiate(moduleOf('core.strict.wasm')), 'OutOfMemory', /memory of the engine: .*Out of/);
  } finally {
    WebAssembly.Instance = Instance;
  }
});

test('a core has a memory of its own, or takes the shared one and nothing else', () => {
  const strict = moduleOf('core.strict.wasm');
  assert.equal(WebAssembly.Module.imports(strict), []);
  assert.is(instantiate(strict).relaxed.value, 0);
  const threaded = moduleOf('core.strict.threads.wasm');
  assert.equal(
    WebAssembly.Module.imports(threaded).map(({ module, name, kind }) => [module, name, kind]),
    [['env', 'memory', 'memory']],
  );
  const memory = sharedMemory();
  assert.instance(memory.buffer, SharedArrayBuffer);
  assert.ok((instantiateShared(threaded, memory).heapBase.value as number) > 0);
});

test('the probes know what this engine can compile', () => {
  const compiles = (file: string) => WebAssembly.validate(readFileSync(`dist/${file}`));
  assert.is(hasSimd(), compiles('core.strict.wasm'));
  assert.is(hasRelaxedSimd(), compiles('core.relaxed.wasm'));
});

test.run();
