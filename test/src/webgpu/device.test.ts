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
  const { fake, faults } = fakeDevice();
  faults.check();
  fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new Error('a bad shader') }));
  fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new Error('a second one') }));
  await refused(() => faults.check(), 'DeviceLost', /The GPU failed: a bad shader/);
});

test('memory that runs out has its own code', async () => {
  class GPUOutOfMemoryError extends Error {}
  const { fake, faults } = fakeDevice();
  fake.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new GPUOutOfMemoryError('no room') }));
  await refused(() => faults.check(), 'OutOfMemory', /no room/);
});

test('a lost device says why, a disposed one that it was disposed of', async () => {
  const never = new Promise(() => {});
  const lost = fakeDevice();
  const waiting = lost.faults.orLost(never);
  lost.fake.lose({ reason: 'unknown', message: 'the driver fell over' });
  await refused(waiting, 'DeviceLost', /the driver fell over/);
  await refused(lost.faults.orLost(never), 'DeviceLost');
  await refused(() => lost.faults.check(), 'DeviceLost');
  const disposed = fakeDevice();
  disposed.faults.dispose();
  await refused(() => disposed.faults.check(), 'Disposed');
  await refused(disposed.faults.orLost(never), 'Disposed');
});

test('what is done before the device is lost is not touched by its end', async () => {
  const { fake, faults } = fakeDevice();
  assert.is(await faults.orLost(Promise.resolve(3)), 3);
  await refused(faults.orLost(Promise.reject(new BeitError('Aborted', 'enough'))), 'Aborted');
  fake.lose({ reason: 'unknown', message: '' });
});

test('memory that is refused, and what fails for want of it, are no fault; other errors are', async () => {
  const { fake, faults } = fakeDevice();
  const bind = () => void fake.createBindGroup({ entries: [{ resource: { buffer: fake.createBuffer({ size: 4 }) } }] });
  assert.is(await faults.refusal(bind), null);
  fake.refusal = { message: 'the device is full' };
  assert.is(await faults.refusal(bind), fake.refusal);
  faults.check();
  const broken = fake.createBuffer({ size: 4 }); // outside: a fault of its own
  await refused(() => faults.check(), 'DeviceLost', /full/);
  const { fake: other, faults: otherFaults } = fakeDevice();
  assert.is(
    await otherFaults.refusal(() => void other.createBindGroup({ entries: [{ resource: { buffer: broken } }] })),
    null,
  );
  await refused(() => otherFaults.check(), 'DeviceLost', /an invalid buffer/);
});

test.run();
