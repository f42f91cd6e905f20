import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchedOutputs } from '../../../src/engine/batchedOutputs.ts';

const test = suite('engine/batchedOutputs');

test('what is whole already is kept, not copied', () => {
  const data = new Float32Array([1, 2, 3, 4, 5, 6]);
  const outputs = new BatchedOutputs(3);
  outputs.add('logits', 0, data, [3, 2]);
  const { logits } = outputs.done();
  assert.is(logits!.data, data);
  assert.equal([logits!.type, logits!.dims], ['float32', [3, 2]]);
});

test('chunks of any size follow each other, output by output', () => {
  const outputs = new BatchedOutputs(5);
  for (const [begin, count] of [
    [0, 2],
    [2, 2],
    [4, 1],
  ]) {
    const numbers = (cols: number) => Float32Array.from({ length: count * cols }, (_, i) => begin * cols + i);
    outputs.add('logits', 0, numbers(1), [count]);
    outputs.add('hiddenStates', 1, numbers(6), [count, 3, 2]);
    outputs.add('hiddenStates', 0, numbers(1), [count]);
  }
  const { logits, hiddenStates, attentions } = outputs.done();
  assert.equal([logits!.dims, [...logits!.data]], [[5], [0, 1, 2, 3, 4]]);
  assert.equal(hiddenStates[0], logits);
  const [, second] = hiddenStates;
  assert.equal([second.dims, [...second.data]], [[5, 3, 2], Array.from({ length: 30 }, (_, i) => i)]);
  assert.equal(attentions, []);
});

test('nothing added, nothing out', () => {
  const { hiddenStates, attentions, featureMaps, binLogits, ...single } = new BatchedOutputs(2).done();
  assert.equal([hiddenStates, attentions, featureMaps, binLogits], [[], [], [], []]);
  assert.equal(
    Object.values(single).filter((tensor) => tensor),
    [],
  );
});

test.run();
