import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchProgress } from '../../../src/cli/progress.ts';

const test = suite('cli/progress');

/** What is written to stderr meanwhile. */
function written(isTTY: boolean, work: () => void, columns = 120): string {
  const { stderr } = process;
  const [write, before, wide] = [stderr.write, stderr.isTTY, stderr.columns];
  let text = '';
  Object.assign(stderr, { isTTY, columns, write: (chunk: string) => Boolean((text += chunk)) });
  try {
    work();
  } finally {
    Object.assign(stderr, { isTTY: before, columns: wide, write });
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
  assert.match(last, /^█{24} 24 of 24 pictures, .* 0 s left/);
  assert.ok(last.endsWith(`\x1b[K\n`));
});

test('a line is never wider than the terminal', () => {
  const text = written(true, () => batchProgress()(at(6, 24)), 30);
  assert.is(text, `\r${'█'.repeat(6)}${'░'.repeat(18)} 6 of\x1b[K`);
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
