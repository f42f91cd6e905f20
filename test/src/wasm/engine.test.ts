import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import type { EngineOptions } from '../../../src/device.ts';
import { chooseSimd } from '../../../src/wasm/chooseCore.ts';
import { hasRelaxedSimd, hasSimd, sharedMemory } from '../../../src/wasm/core.ts';
import { openEngine } from '../../../src/wasm/engine.ts';
import { refused } from '../refused.ts';

const test = suite('wasm/engine');

test('auto takes relaxed SIMD where the engine has it, and says why not', () => {
  assert.ok(hasSimd());
  assert.equal(
    chooseSimd(platform, 'auto'),
    hasRelaxedSimd()
      ? { simd: 'relaxed', simdReason: '' }
      : { simd: 'strict', simdReason: 'this runtime has no relaxed SIMD' },
  );
  assert.is(chooseSimd(platform, 'strict').simd, 'strict');
});

test('a runtime may avoid relaxed SIMD for numbers and take it for integers', () => {
  const picky = { ...platform, avoidRelaxedReason: (integers: boolean) => (integers ? '' : 'slow') };
  assert.is(chooseSimd(picky, 'auto', false).simd, 'strict');
  if (hasRelaxedSimd()) {
    assert.equal(chooseSimd(picky, 'auto', false), { simd: 'strict', simdReason: 'slow' });
    assert.equal(chooseSimd(picky, 'auto', true), { simd: 'relaxed', simdReason: '' });
  }
});

test('what is not there cannot be ordered', async () => {
  const wrong = { simd: 'fast' } as unknown as EngineOptions;
  assert.is((await refused(() => openEngine(platform, wrong))).code, 'InvalidArgument');
  if (hasRelaxedSimd()) assert.is((await openEngine(platform, { simd: 'relaxed', threads: 1 })).info().simd, 'relaxed');
  else assert.is((await refused(() => openEngine(platform, { simd: 'relaxed' }))).code, 'UnsupportedRuntime');
});

test('one thread has a memory of its own, more share one', async () => {
  const alone = await openEngine(platform, { threads: 1 });
  assert.not.instance(alone.memory.buffer, SharedArrayBuffer);
  assert.equal(alone.info().sharedMemory, false);
  const together = await openEngine(platform, { threads: 2 });
  assert.instance(together.memory.buffer, SharedArrayBuffer);
  await together.dispatch.ready();
  const { threads, sharedMemory: shared, threadsReason } = together.info();
  assert.equal([threads, shared, threadsReason], [2, true, 'threads: 2 was asked for']);
  together.dispatch.dispose();
});

test('where address space is scarce, a smaller maximum is asked for', async () => {
  const asked: number[] = [];
  const scarce = (maximum: number) => {
    asked.push(maximum);
    if (maximum > 16384) throw new RangeError('could not allocate memory');
    return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
  };
  sharedMemory(scarce);
  assert.equal(asked, [65536, 32768, 16384]);
  const none = () => {
    throw new RangeError('could not allocate memory');
  };
  const error = await refused(() => sharedMemory(none));
  assert.is(error.code, 'OutOfMemory');
  assert.match(error.message, '536870912 bytes');
});

test('an engine that computes wrong dots gets the strict core', async () => {
  // Node 20 validates relaxed SIMD behind this flag and computes wrong sums; later versions compute right ones
  const script = `
    const { readFileSync } = await import('node:fs');
    const module = new WebAssembly.Module(readFileSync('dist/core.relaxed.wasm'));
    const kernels = new WebAssembly.Instance(module).exports;
    console.log(kernels.dot_is_exact(kernels.heapBase.value));`;
  const args = ['--experimental-wasm-relaxed-simd', '--input-type=module', '-e', script];
  const [major] = process.versions.node.split('.').map(Number);
  if (major > 20) args.shift();
  assert.is(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim(), major > 20 ? '1' : '0');
});

test.run();
