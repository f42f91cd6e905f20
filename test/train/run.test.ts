// The parts of a run by themselves: what is read ahead, and the order of examples.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeadTask } from '../../src/train/run/headTask.ts';
import { prefetched } from '../../src/train/run/prefetched.ts';

const test = suite('train/run');

test('work is started for the items ahead and no further, and results come in order', async () => {
  const [started, taken]: [number[], number[]] = [[], []];
  let most = 0;
  const start = async (item: number) => {
    started.push(item);
    most = Math.max(most, started.length - taken.length);
    // later items are done first
    await new Promise((done) => setTimeout(done, 12 - 2 * item));
    return 10 * item;
  };
  for await (const result of prefetched([0, 1, 2, 3, 4], start, 2)) taken.push(result);
  assert.equal(taken, [0, 10, 20, 30, 40]);
  assert.equal(started, [0, 1, 2, 3, 4]);
  assert.is(most, 3, 'the one that is waited for, and two ahead');
});

test('what fails ahead is thrown in its turn, and nothing is left to reject unseen', async () => {
  const taken: number[] = [];
  const start = async (item: number) => {
    if (item === 2) throw new Error('third');
    return item;
  };
  try {
    for await (const result of prefetched([0, 1, 2, 3], start, 2)) {
      taken.push(result);
      await new Promise((done) => setTimeout(done, 5));
    }
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'third');
  }
  assert.equal(taken, [0, 1]);
});

/** Examples of three classes: 90, 9 and 1. */
const train = Array.from({ length: 100 }, (_, i) => ({
  example: { image: new Uint8Array(), label: 0 },
  label: i < 90 ? 0 : i < 99 ? 1 : 2,
}));
const taskOf = (balance: boolean) =>
  new HeadTask({
    pictures: { skipped: [] },
    examples: { train, heldOut: [], classes: ['a', 'b', 'c'] },
    defaults: { seed: 4 },
    options: { balance },
  } as never);

test('an epoch has every example once; with balance all classes are drawn equally often', () => {
  const plain = taskOf(false);
  assert.equal(
    [...plain.order(0)].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.not.equal(plain.order(0), plain.order(1));
  assert.equal(plain.order(1), taskOf(false).order(1));
  const counts = [0, 0, 0];
  for (let epoch = 0; epoch < 60; epoch++) {
    const order = taskOf(true).order(epoch);
    assert.is(order.length, 100);
    for (const i of order) counts[train[i].label]++;
  }
  // 2000 of each are expected, with a deviation of 37
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 150, `${counts}`);
});

test.run();
