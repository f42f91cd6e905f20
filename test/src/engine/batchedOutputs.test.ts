import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchedOutputs } from '../../../src/engine/batchedOutputs.ts';

const test = suite('engine/batchedOutputs');

test('what is whole already is kept, not copied', () => {
  const data = new Float32Array([1, 2, 3, 4, 5, 6]);
  const collector = new BatchedOutputs(3);
  collector.add('logits', data, [3, 2]);
  const { logits } = collector.done();
  assert.is(logits.data, data);
  assert.equal([logits.type, logits.dims], ['float32', [3, 2]]);
});

test('chunks of any size follow each other, name by name', () => {
  const collector = new BatchedOutputs(5);
  for (const [begin, count] of [
    [0, 2],
    [2, 2],
    [4, 1],
  ]) {
    const numbers = (cols: number) => Float32Array.from({ length: count * cols }, (_, i) => begin * cols + i);
    collector.add('a', numbers(1), [count]);
    collector.add('b', numbers(6), [count, 3, 2]);
  }
  const { a, b } = collector.done();
  assert.equal([a.dims, [...a.data]], [[5], [0, 1, 2, 3, 4]]);
  assert.equal([b.dims, [...b.data]], [[5, 3, 2], Array.from({ length: 30 }, (_, i) => i)]);
});

test('nothing added, nothing out', () => {
  assert.equal(new BatchedOutputs(2).done(), {});
});

test.run();
