import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GpuStore } from '../../../src/webgpu/store.ts';
import { refused } from '../refused.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/memory');

test('what is reserved is committed: weights, vectors, and tensors on multiples of 64 bytes', () => {
  const { fake, device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  store.reserveLinear(3, 5, 'f16');
  store.reserveNorm(7, 1e-6);
  const [a, b] = [store.alloc(1, 3), store.alloc(2, 16)];
  assert.equal([a.at, b.at], [0, 16]);
  assert.is(store.reserved, 3 * 12 + 3 * 8 + 7 * 8 + 4 * 48);
  assert.is(store.committed, 0);
  const before = fake.buffers.length;
  store.commit();
  assert.is(store.committed, store.reserved);
  assert.is(store.allocated, store.reserved);
  assert.is(fake.buffers.length - before, 5);
});

test('layers of integers add the scales of their rows, and room for the rows of x that they quantize', () => {
  const { device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  store.reserveLinear(3, 17, 'q8');
  assert.is(store.reserved, 3 * 32 + 3 * 12);
  const mark = store.mark();
  store.alloc(5, 17);
  assert.equal(store.scratch, { at: 96, rows: 5 });
  assert.is(store.reserved, 3 * 32 + 3 * 12 + 4 * 96 + 5 * 4 * (36 + 8));
  store.reset(mark);
  store.alloc(5000, 1);
  assert.equal(store.scratch, { at: 5008, rows: 2048 });
});

test('after a reset the place is taken again, and the arena grows only when it must', () => {
  const { fake, device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  const mark = store.mark();
  store.alloc(4, 16);
  store.commit();
  const before = fake.buffers.length;
  store.reset(mark);
  assert.is(store.alloc(2, 16).at, 0);
  store.commit();
  assert.is(fake.buffers.length, before);
  store.alloc(8, 16);
  store.commit();
  assert.is(fake.buffers.length, before + 1);
  assert.ok(fake.buffers[before - 1].destroyed);
});

test('a buffer beyond the limits of the device is refused with both sizes', async () => {
  const { device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  store.alloc(1024, 1024);
  await refused(() => store.commit(), 'OutOfMemory', /4194304 bytes needed, 1048576 bytes available/);
});

test('memory that the device refuses is an error of that plan; a smaller one goes on', async () => {
  const { fake, device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  const mark = store.mark();
  store.alloc(512, 16);
  fake.refusal = { message: 'the device is full' };
  store.commit();
  await refused(store.ready(), 'OutOfMemory', /32768 bytes needed: the device is full/);
  errors.check();
  fake.refusal = null;
  store.reset(mark);
  const t = store.alloc(1, 4);
  store.commit();
  await store.ready();
  store.write(t, Float32Array.of(1, 2, 3, 4));
  assert.equal(await store.read(t), Float32Array.of(1, 2, 3, 4));
});

test('who reads when the device is lost hears of it', async () => {
  const { fake, device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  const t = store.alloc(1, 4);
  store.commit();
  const { createBuffer } = fake;
  fake.createBuffer = (of) => ({ ...createBuffer.call(fake, of), mapAsync: () => new Promise(() => {}) });
  const read = store.read(t);
  fake.lose({ reason: 'unknown', message: 'unplugged' });
  await refused(read, 'DeviceLost', /unplugged/);
});

test('who reads after the end is told that it was disposed of', async () => {
  const { device, errors } = fakeDevice();
  const store = new GpuStore(device, errors);
  const t = store.alloc(1, 4);
  store.commit();
  store.dispose();
  await refused(store.read(t), 'Disposed');
});

test.run();
