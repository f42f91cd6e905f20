import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../../src/webgpu/openGpu.ts';
import { refused } from '../refused.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/openGpu');

test('a device of its own, and what it is called', async () => {
  const { device } = fakeDevice();
  const adapter = { limits: {}, requestDevice: async () => device };
  const { backend, info } = await openGpu({ gpu: { requestAdapter: async () => adapter } as never });
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

test('a device for f16 is asked for by name, and its arithmetic has that name', async () => {
  const { device } = fakeDevice();
  const asked: { requiredFeatures?: string[] }[] = [];
  const features = new Set(['shader-f16']);
  const requestDevice = async (options: object) => asked.push(options) && device;
  const gpu = { requestAdapter: async () => ({ limits: {}, features, requestDevice }) } as never;
  const { backend, info } = await openGpu({ gpu, half: true });
  assert.equal(asked[0].requiredFeatures, ['shader-f16']);
  assert.is(info.arithmetic, 'f16');
  assert.is(backend.recorder.forms.half, true);
  features.clear();
  await refused(
    () => openGpu({ gpu, half: true }),
    'UnsupportedRuntime',
    /arithmetic 'f16': this GPU has no shader-f16/,
  );
});

test('where there is no GPU', async () => {
  await refused(
    () => openGpu({ gpu: { requestAdapter: async () => null } as never }),
    'UnsupportedRuntime',
    /there is no GPU/,
  );
});

test.run();
