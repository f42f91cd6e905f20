import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Turns } from '../../../src/serve/turns.ts';

const test = suite('serve/turns');
const never = new AbortController().signal;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('as many run at a time as there are places, in the order in which they came', async () => {
  const turns = new Turns(2);
  const began: number[] = [];
  let most = 0;
  const work = (i: number) => async () => {
    began.push(i);
    most = Math.max(most, turns.running);
    await sleep(2);
    return i;
  };
  const all = Array.from({ length: 7 }, (_, i) => turns.run(work(i), never));
  assert.equal([turns.running, turns.waiting], [2, 5]);
  assert.equal(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal([began, most], [[0, 1, 2, 3, 4, 5, 6], 2]);
  assert.equal([turns.running, turns.waiting], [0, 0]);
});

test('one that gives up leaves the line, and no place is lost', async () => {
  const turns = new Turns(1);
  const gone = new AbortController();
  const first = turns.run(() => sleep(10), never);
  let ran = false;
  const second = turns.run(async () => {
    ran = true;
  }, gone.signal);
  const third = turns.run(async () => 3, never);
  gone.abort();
  assert.is(turns.waiting, 1);
  assert.is(await second.catch((error) => error.name), 'AbortError');
  await first;
  assert.equal([await third, ran, turns.running], [3, false, 0]);
});

test('one whose turn comes in the moment in which it gives up passes it on', async () => {
  const turns = new Turns(1);
  const gone = new AbortController();
  const first = turns.run(async () => {
    queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => gone.abort())));
  }, never);
  const second = turns.run(async () => 2, gone.signal).catch(() => 'gone');
  const third = turns.run(async () => 3, never);
  await first;
  await second;
  assert.is(await third, 3);
  assert.is(turns.running, 0);
});

test('what fails frees its place; idle resolves after the last', async () => {
  const turns = new Turns(1);
  await turns.idle();
  const failed = turns.run(() => Promise.reject(new Error('no')), never).catch((error) => error.message);
  let last = false;
  const slow = turns.run(async () => {
    await sleep(5);
    last = true;
  }, never);
  await turns.idle();
  assert.ok(last);
  assert.equal([await failed, await slow], ['no', undefined]);
});

test.run();
