import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { countTests } from '../../scripts/test_process.mjs';

const test = suite('scripts/test_process');

const totals = (total: number, passed: number, skipped = 0) =>
  `  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n`;
const count = (output: string, error: (Error & { killed?: boolean }) | null = null) => {
  const { passed, failed, skipped } = countTests({ error, output });
  return [passed, failed, skipped];
};

test('the suites of a file are added up', () => {
  assert.equal(count(totals(3, 3) + totals(2, 2, 1)), [5, 0, 1]);
  assert.equal(count(totals(3, 2), new Error('exit 1')), [2, 1, 0]);
});

test('a process that fails after its tests passed counts as a failure', () => {
  assert.equal(count(totals(3, 3), new Error('exit 1')), [3, 1, 0]);
});

test('a file that runs no test fails, one that skips all does not', () => {
  assert.equal(count('hello'), [0, 1, 0]);
  assert.equal(countTests({ error: null, output: '' }).note, 'ran no test');
  assert.equal(count(totals(0, 0, 2)), [0, 0, 2]);
});

test('a file that takes too long says so', () => {
  const { failed, note } = countTests({ error: Object.assign(new Error('killed'), { killed: true }), output: '' });
  assert.is(failed, 1);
  assert.match(note, 'timed out');
});

test.run();
