import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printProgress } from '../../bench/progress.ts';

const test = suite('bench/progress');

/** Reports steps 1 to 4 of a section, one every `stepMs`, and returns what was printed. */
function printed(isTTY: boolean, stepMs: number): string[] {
  let time = 0;
  const lines: string[] = [];
  const progress = printProgress('kernels', { isTTY, write: (text) => lines.push(text) }, () => time);
  for (let done = 1; done <= 4; done++) {
    time += stepMs;
    progress(`round ${done}`, done, 4);
  }
  return lines;
}

test('a slow section prints every step, with the time it took and what is left', () => {
  assert.equal(printed(false, 30_000), [
    'kernels: 1 of 4, round 1; 30 s, about 1 min 30 s left\n',
    'kernels: 2 of 4, round 2; 1 min 0 s, about 1 min 0 s left\n',
    'kernels: 3 of 4, round 3; 1 min 30 s, about 30 s left\n',
    'kernels: 4 of 4, round 4; 2 min 0 s, about 0 s left\n',
  ]);
});

test('a fast section prints its end alone', () => {
  assert.equal(printed(false, 10), ['kernels: 4 of 4, round 4; 0 s, about 0 s left\n']);
});

test('a terminal rewrites one line', () => {
  const lines = printed(true, 1000);
  assert.is(lines.length, 4);
  for (const line of lines) assert.match(line, /^\rkernels: \d of 4/);
  assert.equal(
    lines.map((line) => line.endsWith('\n')),
    [false, false, false, true],
  );
});

test.run();
