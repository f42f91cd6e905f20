import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchProgress } from '../../../src/cli/progress.ts';

const test = suite('cli/progress');

/** What is written to stderr meanwhile. */
function written(isTTY: boolean, work: () => void): string {
  const { stderr } = process;
  const [write, before] = [stderr.write, stderr.isTTY];
  let text = '';
  Object.assign(stderr, { isTTY, write: (chunk: string) => Boolean((text += chunk)) });
  try {
    work();
  } finally {
    Object.assign(stderr, { isTTY: before, write });
  }
  return text;
}

const at = (overall: number, total: number | null) => ({ shard: '00001', done: 1, failed: 2, overall, total });

test('a bar with rate and time left on a terminal', () => {
  const text = written(true, () => {
    const tell = batchProgress();
    tell(at(6, 24));
    tell(at(24, 24));
  });
  const [first, last] = text.split('\r').filter((line) => line !== '');
  assert.match(first, /^█{6}░{18} 6 of 24 pictures, shard 00001, 2 failed, [\d.]+ a second, \d+ s left/);
  assert.match(last, /^█{24} 24 of 24 pictures, .* 0 s left\n/);
});

test('a line in a log, and no time left while the total is unknown', () => {
  const text = written(false, () => {
    const tell = batchProgress();
    tell(at(1, null));
    tell(at(2, null));
  });
  assert.match(text, /^1 pictures, shard 00001, 2 failed, [\d.]+ a second\n$/);
});

test.run();
