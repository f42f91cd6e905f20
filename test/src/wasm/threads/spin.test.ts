import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spinWhile } from '../../../../src/wasm/threads/spin.ts';

const test = suite('wasm/threads/spin');

test('a word that differs already is seen at once, even without time', () => {
  const words = Int32Array.of(0, 5);
  assert.is(spinWhile(words, 1, 4, 0), true);
  assert.is(spinWhile(words, 1, 4, -3), true);
  const began = performance.now();
  assert.is(spinWhile(words, 1, 4, 60_000), true);
  assert.ok(performance.now() - began < 1000);
});

test('one that stays is waited for as long as said, not longer by much', () => {
  const words = Int32Array.of(5, 0);
  for (const milliseconds of [-1, 0, 20]) {
    const began = performance.now();
    assert.is(spinWhile(words, 0, 5, milliseconds), false);
    const waited = performance.now() - began;
    assert.ok(waited >= milliseconds && waited < milliseconds + 1000, `${waited} ms for ${milliseconds}`);
  }
});

test('a change by another thread ends the wait', async () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const script = `const { workerData } = require('node:worker_threads');
    Atomics.store(workerData, 0, 1);
    Atomics.wait(workerData, 0, 1, 20);
    Atomics.store(workerData, 1, 9);`;
  const worker = new Worker(script, { eval: true, workerData: words });
  await new Promise((online) => worker.once('online', online));
  const began = performance.now();
  assert.is(spinWhile(words, 1, 0, 30_000), true);
  assert.ok(performance.now() - began < 15_000);
  assert.is(words[1], 9);
  await worker.terminate();
});

test.run();
