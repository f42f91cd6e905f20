import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gigaMacs } from '../../bench/arithmetic.ts';
import type { Score } from '../../bench/contest/contest.ts';
import { spread } from '../../bench/contest/statistics.ts';
import { markdownTable } from '../../bench/report/markdown.ts';
import { svg } from '../../bench/report/svg.ts';
import { targetRows } from '../../bench/report/targets.ts';
import type { BenchResults } from '../../bench/results.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';

const test = suite('bench/report');

function score(name: string, passes: number[], load: number, peakBytes: number): Score {
  const [one] = [spread([load])];
  return {
    name,
    pass: spread(passes),
    passes,
    load: one,
    first: one,
    peakBytes,
    answer: [],
    note: 'session creation 500 ms',
  };
}

const origin = { cpu: 'a <fast> one', cores: 2, gigabytes: 8, node: '24', commit: 'abc', date: '2026-01-01' };
const results: BenchResults = {
  origin,
  models: [score('ours f32', [50, 60, 70], 100, 3e8), score('onnxruntime-web f32', [100, 100, 140], 1000, 1e9)],
};

test('a ratio is one of medians, its spread one over the rounds', () => {
  const rows = targetRows(results);
  assert.equal(rows[0], ['f32 ÷ onnxruntime-web f32, 1 thread', '0.60 (0.50–0.55)', '≤ 0.62', '≤ 0.55']);
  assert.equal(rows[1].slice(0, 2), ['load f32 ÷ onnxruntime-web', '0.100']);
  assert.equal(rows[2].slice(0, 2), ['load f32 ÷ the creation of a session of onnxruntime-web alone', '0.200']);
  assert.equal(rows[3].slice(0, 2), ['peak resident f32 ÷ onnxruntime-web', '0.300']);
  assert.is(rows.length, 4, 'what was not measured is not promised');
});

test('a table is as wide as its widest cell', () => {
  assert.is(markdownTable(['a', 'bcd'], [['12', '3']]), '| a  | bcd |\n|----|-----|\n| 12 | 3   |');
});

test('the picture names machine and commit, and has a bar for everybody', () => {
  const picture = svg(results);
  assert.match(picture, 'a &lt;fast> one, 2 cores · Node 24 · commit abc');
  assert.is(picture.match(/<rect x=/g)?.length, 2);
});

test('BEiT-base at 224 takes 17.56 thousand million multiplications', () => {
  assert.is(gigaMacs(new BeitConfig(), 224).toFixed(2), '17.56');
});

test.run();
