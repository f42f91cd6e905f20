import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBackend } from '../../../src/engine/openBackend.ts';
import { refused } from '../refused.ts';

const test = suite('engine/openBackend');

test('the core, unless told otherwise', async () => {
  for (const device of [undefined, 'wasm'] as const) {
    const { backend, ready, info } = await openBackend({ device, threads: 1 });
    await ready();
    assert.is(backend.name, 'wasm');
    assert.equal([info().device, info().adapter, info().threads], ['wasm', '', 1]);
    backend.dispose();
  }
});

test('devices that are none', async () => {
  await refused(
    () => openBackend({ device: 'gpu' as never }),
    'InvalidArgument',
    /expected one of wasm, webgpu, got gpu/,
  );
});

test('what only the core has cannot be asked of a GPU', async () => {
  await refused(() => openBackend({ device: 'webgpu', threads: 2 }), 'InvalidArgument', /got "auto" and 2/);
  await refused(() => openBackend({ device: 'webgpu', simd: 'strict' }), 'InvalidArgument', /got "strict" and "auto"/);
});

test('arithmetic in f16 is for a GPU', async () => {
  await refused(() => openBackend({ arithmetic: 'f16' }), 'InvalidArgument', /expected one of strict, fused, got f16/);
  await refused(() => openBackend({ device: 'webgpu', arithmetic: 'f16' }), 'UnsupportedRuntime', /no WebGPU here/);
});

test('Node has no WebGPU', async () => {
  await refused(() => openBackend({ device: 'webgpu' }), 'UnsupportedRuntime', /there is no WebGPU here/);
});

test.run();
