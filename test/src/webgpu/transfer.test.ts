import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Recorder } from '../../../src/webgpu/recorder.ts';
import { Transfer } from '../../../src/webgpu/transfer.ts';
import { refused } from '../refused.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/transfer');

function newTransfer() {
  const { fake, device, errors } = fakeDevice();
  const transfer = new Transfer(device, errors, new Recorder(device));
  return { fake, device, errors, transfer };
}

test('bytes come back from where they were put, and what they came through is let go of', async () => {
  const { fake, device, transfer } = newTransfer();
  const buffer = device.createBuffer({ size: 64, usage: 0 });
  transfer.put(buffer, 8, Float32Array.of(1, 2, 3));
  assert.equal(new Float32Array((await transfer.fetch(buffer, 12, 8)).buffer), Float32Array.of(2, 3));
  assert.ok(fake.buffers.at(-1)!.destroyed);
});

test('what is written is handed over before much of it waits', () => {
  const { fake, device, transfer } = newTransfer();
  const buffer = device.createBuffer({ size: 1 << 20, usage: 0 });
  const megabyte = new Uint8Array(1 << 20);
  const submits = Array.from({ length: 40 }, () => {
    transfer.put(buffer, 0, megabyte);
    return fake.submits;
  });
  assert.equal([submits[14], submits[15], submits[30], submits[31], submits[39]], [0, 1, 1, 2, 2]);
});

test('a read that the device has no memory for is refused, and the next one is not', async () => {
  const { fake, device, errors, transfer } = newTransfer();
  const buffer = device.createBuffer({ size: 64, usage: 0 });
  fake.refusal = { message: 'the device is full' };
  await refused(transfer.fetch(buffer, 0, 16), 'OutOfMemory', /Cannot read from the GPU: 16 bytes needed: .*full/);
  errors.check();
  fake.refusal = null;
  assert.is((await transfer.fetch(buffer, 0, 16)).length, 16);
});

test('a read that fails before the device is known to be lost says why', async () => {
  const { fake, device, transfer } = newTransfer();
  const buffer = device.createBuffer({ size: 64, usage: 0 });
  const { createBuffer } = fake;
  const mapAsync = () => Promise.reject(new Error('it is gone'));
  fake.createBuffer = (of) => ({ ...createBuffer.call(fake, of), mapAsync });
  await refused(transfer.fetch(buffer, 0, 16), 'DeviceLost', /Cannot read from the GPU: it is gone/);
});

test.run();
