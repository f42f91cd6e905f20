import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { torchTensor } from '../../../../src/weights/flax/flaxArray.ts';

const test = suite('weights/flaxArray');
const pieces = [{ begin: 8, end: 104 }];
const nameOf = (...path: string[]) => torchTensor(path, { dtype: 'F32', shape: [2], pieces }).name;

test('kernels and scales are called weight, all else keeps its name', () => {
  assert.is(nameOf('beit', 'encoder', 'kernel'), 'beit.encoder.weight');
  assert.is(nameOf('layernorm_before', 'scale'), 'layernorm_before.weight');
  assert.is(nameOf('kernel'), 'weight');
  assert.is(nameOf('scale', 'bias'), 'scale.bias');
  assert.is(nameOf('kernel', 'cls_token'), 'kernel.cls_token');
});

test('the element at [out, in, …space] of a weight is that at […space, in, out] of its kernel', () => {
  const shape = [2, 3, 4, 5];
  const kernel = torchTensor(['kernel'], { dtype: 'F32', shape, pieces });
  assert.equal(kernel.shape, [5, 4, 2, 3]);
  for (const [y, x, i, o] of [
    [0, 0, 0, 0],
    [1, 2, 3, 4],
    [1, 0, 2, 1],
    [0, 2, 0, 3],
  ]) {
    const at = [o, i, y, x].reduce((sum, n, axis) => sum + n * kernel.strides![axis], 0);
    assert.is(at, ((y * 3 + x) * 4 + i) * 5 + o, `${[y, x, i, o]}`);
  }
  const dense = torchTensor(['kernel'], { dtype: 'F32', shape: [7, 9], pieces });
  assert.equal(
    [dense.shape, dense.strides],
    [
      [9, 7],
      [1, 9],
    ],
  );
});

test('what has no axes to turn is read as it lies, from all its pieces', () => {
  for (const [leaf, shape] of [
    ['kernel', [6]],
    ['kernel', []],
    ['bias', [2, 3]],
    ['scale', [2, 3]],
  ] as const) {
    const tensor = torchTensor(['a', leaf], { dtype: 'BF16', shape, pieces });
    assert.equal([tensor.shape, tensor.strides, tensor.offset, tensor.dtype], [shape, null, 0, 'BF16']);
    assert.is(tensor.storage.pieces, pieces);
  }
});

test.run();
