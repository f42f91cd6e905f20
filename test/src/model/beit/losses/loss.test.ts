import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binaryCrossEntropy, crossEntropy, meanSquaredError } from '../../../../../src/model/beit/losses/loss.ts';
import { randomFloats } from '../../../../reference/linear.ts';
import { near } from './lossTensors.ts';

const test = suite('model/beit/loss');

test('cross entropy is the mean of −ln softmax, ignored rows left out', () => {
  const logits = randomFloats(4 * 5, 1).map((v) => 30 * v);
  const labels = [3, -100, 0, 4];
  const terms = [0, 2, 3].map((row) => {
    const values = Array.from(logits.subarray(5 * row, 5 * row + 5));
    return Math.log(values.reduce((sum, v) => sum + Math.exp(v), 0)) - values[labels[row]];
  });
  near(crossEntropy(logits, 5, labels, -100), (terms[0] + terms[1] + terms[2]) / 3);
});

test('cross entropy does not overflow, and is NaN when every label is ignored', () => {
  near(crossEntropy(Float32Array.of(3e4, 0, -3e4), 3, [1], -100), 3e4);
  assert.ok(Number.isNaN(crossEntropy(Float32Array.of(1, 2), 2, [7], 7)));
});

test('squared and binary losses are the textbook means', () => {
  near(meanSquaredError(Float32Array.of(1, -2, 0.5), [0, 1, 0.5]), 10 / 3);
  const [x, t] = [
    [2, -3, 0.25],
    [1, 0, 0.5],
  ];
  const sigma = (v: number) => 1 / (1 + Math.exp(-v));
  const terms = x.map((v, i) => -t[i] * Math.log(sigma(v)) - (1 - t[i]) * Math.log(1 - sigma(v)));
  near(binaryCrossEntropy(Float32Array.from(x), t), (terms[0] + terms[1] + terms[2]) / 3);
  near(binaryCrossEntropy(Float32Array.of(-200, 200), [1, 0]), 200);
});

test.run();
