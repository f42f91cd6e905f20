import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { instantiate } from '../../../src/wasm/core.ts';
import { singleThread } from '../../../src/wasm/dispatch.ts';

const test = suite('wasm/dispatch');

test('one thread runs a kernel over its whole range, and is always ready', async () => {
  const kernels = instantiate(new WebAssembly.Module(readFileSync('dist/core.strict.wasm')));
  const dispatch = singleThread(kernels);
  await dispatch.ready();
  dispatch.check();
  assert.equal([dispatch.threads, dispatch.fallbackReason], [1, '']);
  const base = (kernels.heapBase.value as number) & ~63;
  kernels.memory.grow(1);
  const floats = new Float32Array(kernels.memory.buffer, base + 64, 64);
  floats.set([1, 2], 0);
  const [source, out] = [floats.byteOffset, floats.byteOffset + 64];
  dispatch.run('copy_rows', 5, [out, 2, source, 0, 2]);
  assert.equal([...floats.subarray(16, 28)], [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 0, 0]);
  dispatch.run('copy_rows', 0, [out, 2, source + 4, 0, 2]);
  assert.is(floats[16], 1, 'an empty range');
});

test.run();
