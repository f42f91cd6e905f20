import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import { wasmBackend } from '../../../src/wasm/backend.ts';
import { instantiate } from '../../../src/wasm/core.ts';
import { singleThread } from '../../../src/wasm/dispatch.ts';
import { MAP_OPS } from '../../ops/mapOps.ts';
import { agree } from '../../ops/op.ts';

/** Every op on maps, on the core and in the plain loops of test/reference, on the same numbers. */
const test = suite('wasm/mapOps');
const module = new WebAssembly.Module(readFileSync('dist/core.strict.wasm'));

for (const [name, op] of Object.entries(MAP_OPS)) {
  test(name, () => {
    const kernels = instantiate(module);
    return agree(wasmBackend(kernels, kernels.memory, singleThread(kernels)) as never, op, 1e-5);
  });
}

test.run();
