import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Arena, MAX_BYTES } from '../../../src/wasm/arena.ts';
import { refused } from '../refused.ts';

const test = suite('wasm/arena');
const PAGE = 65536;
const memoryOf = (maximum: number) => new WebAssembly.Memory({ initial: 1, maximum });

test('addresses are multiples of 64, in order and without overlap', () => {
  const arena = new Arena(memoryOf(2), 1000);
  assert.is(arena.base, 1024);
  assert.equal(
    [1, 64, 65, 0, 4].map((bytes) => arena.reserve(bytes)),
    [1024, 1088, 1152, 1280, 1280],
  );
  assert.is(arena.top, 1344);
});

test('reserving grows nothing; commit grows once, to the pages needed', () => {
  const memory = memoryOf(64);
  const arena = new Arena(memory, 0);
  arena.reserve(5 * PAGE + 1);
  assert.is(memory.buffer.byteLength, PAGE);
  arena.commit();
  assert.is(memory.buffer.byteLength, 6 * PAGE);
  const { buffer } = memory;
  arena.commit();
  assert.is(memory.buffer, buffer, 'nothing to grow, nothing detached');
});

test('growing detaches old views; views made after it write', () => {
  const arena = new Arena(memoryOf(8), 0);
  const stale = arena.f32(0, 4);
  arena.reserve(2 * PAGE);
  arena.commit();
  assert.is(stale.length, 0);
  stale[0] = 7;
  assert.is(arena.f32(0, 4)[0], 0);
  arena.f32(4, 1)[0] = 1;
  assert.equal([...arena.u8(4, 4)], [0, 0, 128, 63]);
});

test('reset hands the same addresses out again', () => {
  const arena = new Arena(memoryOf(8), 64);
  const first = arena.reserve(10);
  const mark = arena.top;
  const second = arena.reserve(100);
  arena.reset(mark);
  assert.is(arena.reserve(1), second);
  assert.is(first, 64);
});

test('too little memory is told in bytes, needed and available, and grows nothing', async () => {
  const memory = memoryOf(3);
  const arena = new Arena(memory, 0);
  arena.reserve(4 * PAGE);
  await refused(() => arena.commit(), 'OutOfMemory', /: 262144 bytes needed, 65536 bytes available$/);
  assert.is(memory.buffer.byteLength, PAGE);
  arena.reset(2 * PAGE);
  arena.commit();
  assert.is(memory.buffer.byteLength, 2 * PAGE);
});

test('beyond 4 GiB nobody is asked', async () => {
  const arena = new Arena(memoryOf(65536), 0);
  arena.reserve(MAX_BYTES + 1);
  await refused(() => arena.commit(), 'OutOfMemory', /: 4294967360 bytes needed, 4294967296 bytes available$/);
});

test.run();
