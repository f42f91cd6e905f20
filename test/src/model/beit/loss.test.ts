import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../../src/errors.ts';
import { BeitConfig } from '../../../../src/model/beit/config.ts';
import {
  binaryCrossEntropy,
  classificationLoss,
  crossEntropy,
  inferProblemType,
  maskedLoss,
  meanSquaredError,
} from '../../../../src/model/beit/loss.ts';
import { Tensor } from '../../../../src/tensor.ts';
import { randomFloats } from '../../../reference/linear.ts';

const test = suite('model/beit/loss');
const near = (a: number, b: number, within = 1e-12) => assert.ok(Math.abs(a - b) <= within, `${a} and ${b}`);
const int64 = (...values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
const floats = (values: number[], dims = [values.length]) => new Tensor('float32', Float32Array.from(values), dims);

function refuses(call: () => unknown, pattern: RegExp): void {
  assert.throws(
    call,
    (e: unknown) => e instanceof BeitError && e.code === 'InvalidArgument' && pattern.test(e.message),
  );
}

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

test('infers the problem type as transformers does, anew for every call', () => {
  const type = (numLabels: number, labels: Parameters<typeof inferProblemType>[1]) =>
    inferProblemType(new BeitConfig({ numLabels }), labels);
  assert.is(type(1, floats([0])), 'regression');
  assert.is(type(1, int64(0)), 'regression');
  assert.is(type(3, int64(0)), 'single_label_classification');
  assert.is(type(3, floats([0, 1, 0], [1, 3])), 'multi_label_classification');
  const fixed = new BeitConfig({ numLabels: 3, problemType: 'regression' });
  assert.is(inferProblemType(fixed, int64(0)), 'regression');
});

test('regression to one number takes [B] and [B, 1]', () => {
  const config = new BeitConfig({ numLabels: 1 });
  const logits = floats([1, 2], [2, 1]);
  near(classificationLoss(config, floats([0, 0]), 2)(logits), 2.5);
  near(classificationLoss(config, floats([0, 0], [2, 1]), 2)(logits), 2.5);
  near(classificationLoss(config, int64(0, 1), 2)(logits), 1);
});

test('refuses class labels that cannot be, before anything runs', () => {
  const config = new BeitConfig({ numLabels: 3 });
  refuses(() => classificationLoss(config, int64(0, 3), 2), /expected 0 to 2.*got 3 at 1/);
  refuses(() => classificationLoss(config, int64(0, -1), 2), /got -1 at 1/);
  refuses(() => classificationLoss(config, int64(0), 2), /expected dims \[2\].*got \[1\]/);
  refuses(() => classificationLoss(config, floats([0, 1], [2, 1]), 2), /expected dims \[2,3\].*got \[2,1\]/);
  refuses(() => classificationLoss(config, floats([0, 1]), 2, 'single_label_classification'), /int64 or int32/);
  const integers = new Tensor('int32', new Int32Array(6), [2, 3]);
  refuses(() => classificationLoss(config, integers, 2, 'multi_label_classification'), /expected float32/);
  refuses(() => classificationLoss(new BeitConfig({ numLabels: 0 }), int64(0), 1), /no labels/);
});

test('masked modelling counts masked patches alone, image after image', () => {
  const config = new BeitConfig({ vocabSize: 2 });
  const mask = new Tensor('bool', Uint8Array.of(0, 1, 1, 0), [2, 2]);
  const logits = floats([9, 9, 0, Math.log(3), 5, 5, 9, 9], [2, 2, 2]);
  near(maskedLoss(config, int64(1, 0), mask)(logits), (Math.log(4 / 3) + Math.log(2)) / 2, 1e-7);
  near(maskedLoss(config, int64(-100, 0), mask)(logits), Math.log(2));
  refuses(() => maskedLoss(config, int64(0), mask), /each of the 2 masked patches, got dims \[1\]/);
  refuses(() => maskedLoss(config, int64(0, 2), mask), /expected 0 to 1.*got 2 at 1/);
  refuses(() => maskedLoss(config, int64(0, 0), undefined), /boolMaskedPos/);
});

test.run();
