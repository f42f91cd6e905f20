import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../../src/webgpu/openGpu.ts';
import { refused } from '../refused.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/openGpu');

test('a device of its own, and what it is called', async () => {
  const { device } = fakeDevice();
  const adapter = { limits: {}, requestDevice: async () => device };
  const { backend, info } = await openGpu({ requestAdapter: async () => adapter } as never);
  assert.is(backend.name, 'webgpu');
  assert.equal(info, {
    device: 'webgpu',
    adapter: 'fake none',
    arithmetic: 'device',
    threads: 1,
    threadsReason: 'the model runs on the GPU',
    sharedMemory: false,
  });
});

test('where there is no GPU', async () => {
  await refused(() => openGpu({ requestAdapter: async () => null } as never), 'UnsupportedRuntime', /there is no GPU/);
});

test.run();
