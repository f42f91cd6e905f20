import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { argsOf, Control, GENERATION, PENDING, partyOf, SLEEPERS, STOP } from '../../../../src/wasm/threads/control.ts';

const test = suite('wasm/threads/control');
const command = { kernel: 7, extent: 197, grain: 4, scratchBytes: 4096, args: [1, 2 ** 32 - 64, 0.1, -3, 1e-12] };

test('a command arrives whole at whoever shares the buffer, addresses beyond 31 bits and fractions too', () => {
  const leader = new Control(3);
  const worker = new Control(3, leader.buffer);
  for (const sent of [
    command,
    { ...command, kernel: STOP, args: [] },
    { ...command, args: Array.from({ length: 24 }, (_, i) => i / 3) },
  ]) {
    leader.publish(sent, 2);
    assert.equal(worker.command(), sent);
  }
});

test('every command has a new generation, and as many parts to wait for as workers', () => {
  const control = new Control(4);
  const { words } = control;
  const seen = new Set<number>();
  for (const _ of [1, 2, 3]) {
    const generation = control.publish(command, 3);
    seen.add(generation);
    assert.equal([words[GENERATION], words[PENDING], partyOf(generation)], [generation, 3, 4]);
    control.finish();
    control.finish();
    assert.is(words[PENDING], 1);
    control.finish();
    assert.is(words[PENDING], 0);
  }
  assert.is(seen.size, 3);
});

test('a generation tells who takes part; it goes on beyond 31 bits', () => {
  const control = new Control(4);
  control.words[GENERATION] = 0x7fffff80 | 3;
  const next = control.publish(command, 1);
  assert.equal([partyOf(next), next !== (0x7fffff80 | 3)], [2, true]);
  assert.ok(partyOf(control.publish(command, 'all')) > 64);
  assert.is(control.words[PENDING], 0);
});

test('each worker has a word of its own, behind the arguments', () => {
  const control = new Control(8);
  control.publish({ ...command, args: new Array(24).fill(-1) }, 7);
  for (let worker = 0; worker < 8; worker++) assert.is(control.accepted(worker), 0);
  for (let worker = 0; worker < 8; worker++) control.accept(worker, 10 + worker);
  for (let worker = 0; worker < 8; worker++) assert.is(control.accepted(worker), 10 + worker);
  assert.equal(control.command().args, new Array(24).fill(-1));
});

test('words that different threads write lie 128 bytes apart', () => {
  const control = new Control(3);
  const before = control.words.slice();
  for (let worker = 0; worker < 3; worker++) control.accept(worker, 1);
  control.fail(1);
  const written = [...control.words.keys()].filter((i) => control.words[i] !== before[i]);
  const all = [GENERATION, PENDING, SLEEPERS, ...written].sort((a, b) => a - b);
  assert.is(all.length, 7);
  for (const [i, word] of all.slice(1).entries()) assert.ok(4 * (word - all[i]) >= 128, `${all}`);
});

test('a failure is put down by the number of its worker, and does not count as an end', () => {
  const control = new Control(3);
  control.publish(command, 2);
  assert.is(control.failed, 0);
  control.fail(2);
  assert.equal([control.failed, control.words[PENDING]], [2, 2]);
});

test('scratch is the last argument, each thread behind the other', () => {
  const args = [5, 6, 1024];
  assert.equal(
    [0, 1, 7].map((thread) => argsOf(thread, args, 256)),
    [
      [5, 6, 1024],
      [5, 6, 1280],
      [5, 6, 2816],
    ],
  );
  assert.equal(argsOf(3, args, 0), args);
  assert.equal([args, argsOf(2, [], 0)], [[5, 6, 1024], []]);
});

test.run();
