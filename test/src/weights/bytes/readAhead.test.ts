import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rangesOf, readAhead } from '../../../../src/weights/bytes/readAhead.ts';

const test = suite('weights/readAhead');
const later = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));

test('parts come in order, so many of them under way and never one more', async () => {
  for (const depth of [1, 2, 4]) {
    const turns: (number | null)[] = [];
    let [underWay, most] = [0, 0];
    const read = async (part: number, turn: number) => {
      assert.is(turns[turn] ?? null, null, 'the turn is free');
      turns[turn] = part;
      most = Math.max(most, ++underWay);
      await later(part % 3);
      underWay--;
      return [part, turn];
    };
    const got: number[] = [];
    for await (const [part, turn] of readAhead(Array(11).keys(), depth, read)) {
      got.push(part);
      await later();
      assert.is(turns[turn], part, 'nobody else had the turn meanwhile');
      turns[turn] = null;
    }
    assert.equal(got, [...Array(11).keys()]);
    assert.is(most, depth);
  }
});

test('an error comes in its turn, after what was read before it', async () => {
  const got: number[] = [];
  const read = async (part: number) => {
    if (part === 2) throw new Error('two');
    await later(5);
    return part;
  };
  try {
    for await (const part of readAhead([0, 1, 2, 3], 4, read)) got.push(part);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'two');
  }
  assert.equal(got, [0, 1]);
});

test('who stops early waits for what is under way', async () => {
  let done = 0;
  const read = async () => {
    await later(5);
    done++;
  };
  for await (const _ of readAhead([0, 1, 2, 3, 4], 3, read)) break;
  assert.is(done, 3);
});

test('ranges cover all and do not overlap', () => {
  assert.equal(
    [...rangesOf(3, 10, 3)],
    [
      [3, 6],
      [6, 9],
      [9, 10],
    ],
  );
  assert.equal([...rangesOf(3, 3, 3)], []);
});

test.run();
