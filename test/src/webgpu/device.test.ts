import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { adapterName, requestDevice } from '../../../src/webgpu/device.ts';
import { refused } from '../refused.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/device');

function fakeGpu(adapter: unknown): GPU {
  return { requestAdapter: async () => adapter } as never;
}

test('a device gets the memory of its adapter in one piece', async () => {
  const asked: unknown[] = [];
  const limits = { maxBufferSize: 7, maxStorageBufferBindingSize: 5, maxBindGroups: 4 };
  const { device } = fakeDevice();
  const adapter = { limits, requestDevice: async (options: unknown) => asked.push(options) && device };
  assert.is(await requestDevice(fakeGpu(adapter)), device);
  assert.equal(asked, [{ requiredLimits: { maxBufferSize: 7, maxStorageBufferBindingSize: 5 } }]);
});

test('no WebGPU, no adapter and no device are refused alike', async () => {
  await refused(() => requestDevice(undefined), 'UnsupportedRuntime', /no WebGPU here/);
  await refused(() => requestDevice(fakeGpu(null)), 'UnsupportedRuntime', /no GPU that WebGPU can use/);
  const adapter = { limits: {}, requestDevice: () => Promise.reject(new Error('busy')) };
  await refused(() => requestDevice(fakeGpu(adapter)), 'UnsupportedRuntime', /busy/);
});

test('an adapter has some name', () => {
  const named = (adapterInfo: object) => adapterName({ adapterInfo } as never);
  assert.is(named({ description: 'A GPU', vendor: 'v' }), 'A GPU');
  assert.is(named({ description: '', vendor: 'v', architecture: 'a' }), 'v a');
  assert.is(named({}), 'unknown adapter');
});

test('the first fault is thrown by whoever asks', async () => {
  const { fake, errors } = fakeDevice();
  errors.check();
  fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new Error('a bad shader') }));
  fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new Error('a second one') }));
  await refused(() => errors.check(), 'DeviceLost', /The GPU failed: a bad shader/);
});

test('memory that runs out has its own code', async () => {
  class GPUOutOfMemoryError extends Error {}
  const { fake, errors } = fakeDevice();
  fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new GPUOutOfMemoryError('no room') }));
  await refused(() => errors.check(), 'OutOfMemory', /no room/);
});

test('a lost device says why, a disposed one that it was disposed of', async () => {
  const never = new Promise(() => {});
  const lost = fakeDevice();
  const waiting = lost.errors.orLost(never);
  lost.fake.lose({ reason: 'unknown', message: 'the driver fell over' });
  await refused(waiting, 'DeviceLost', /the driver fell over/);
  await refused(lost.errors.orLost(never), 'DeviceLost');
  await refused(() => lost.errors.check(), 'DeviceLost');
  const disposed = fakeDevice();
  disposed.errors.dispose();
  await refused(() => disposed.errors.check(), 'Disposed');
  await refused(disposed.errors.orLost(never), 'Disposed');
});

test('what is done before the device is lost is not touched by its end', async () => {
  const { fake, errors } = fakeDevice();
  assert.is(await errors.orLost(Promise.resolve(3)), 3);
  await refused(errors.orLost(Promise.reject(new BeitError('Aborted', 'enough'))), 'Aborted');
  fake.lose({ reason: 'unknown', message: '' });
});

test('memory that is refused, and what fails for want of it, are no fault; other errors are', async () => {
  const { fake, errors } = fakeDevice();
  const bind = () => void fake.createBindGroup({ entries: [{ resource: { buffer: fake.createBuffer({ size: 4 }) } }] });
  assert.is(await errors.refusal(bind), null);
  fake.refusal = { message: 'the device is full' };
  assert.is(await errors.refusal(bind), fake.refusal);
  errors.check();
  const broken = fake.createBuffer({ size: 4 }); // outside: a fault of its own
  await refused(() => errors.check(), 'DeviceLost', /full/);
  const { fake: other, errors: otherErrors } = fakeDevice();
  assert.is(
    await otherErrors.refusal(() => void other.createBindGroup({ entries: [{ resource: { buffer: broken } }] })),
    null,
  );
  await refused(() => otherErrors.check(), 'DeviceLost', /an invalid buffer/);
});

test.run();
