import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPickle } from '../../../../src/weights/torch/pickle.ts';
import {
  type GlobalName,
  Stub,
  TorchStorage,
  type TorchTensor,
  Tuple,
} from '../../../../src/weights/torch/pickleValues.ts';
import { TorchUnpickler } from '../../../../src/weights/torch/torchUnpickler.ts';
import { ints, join, op, program, storage, tensor, tuple } from './torchFile.ts';

const test = suite('weights/pickleValues');
const read = (code: Uint8Array) => readPickle(code, 0, new TorchUnpickler('a.bin', true), 'a.bin').value;

test('every kind of value is a kind of its own: tuples are no lists, stubs no dicts, names no text', () => {
  const list = join(op.list, op.int(2), op.append);
  const dict = join(op.dict, op.int(3), op.text('x'), op.setItem);
  const { items } = read(
    program(tuple(op.int(-1), op.none, op.false, op.float(0.5), op.text('x'), list, ints(4, 5), dict)),
  ) as Tuple;
  assert.equal(items.slice(0, 5), [-1, null, false, 0.5, 'x']);
  assert.equal(items[5], [2]);
  assert.instance(items[6], Tuple);
  assert.not(Array.isArray(items[6]));
  assert.equal((items[6] as Tuple).items, [4, 5]);
  assert.equal([...(items[7] as Map<number, string>)], [[3, 'x']]);
  assert.is((read(program(op.global('torch', 'FloatStorage'))) as GlobalName).name, 'torch.FloatStorage');
  assert.instance(read(program(op.global('os', 'system'))), Stub);
  assert.is(read(program(op.long(0, 0, 0, 0, 0, 0, 0, 64))), 2n ** 62n);
});

test('a storage begins at its own first element unless it is a view; a tensor holds its storage itself', () => {
  const whole = read(program(storage())) as TorchStorage;
  assert.equal([whole.key, whole.dtype, whole.numel, whole.base], ['0', 'F32', 2, 0]);
  const legacy = tuple(op.text('v'), op.int(1), op.int(1));
  const view = read(program(storage({ legacy }))) as TorchStorage;
  assert.equal([view.key, view.numel, view.base], ['0', 1, 1]);
  const made = read(program(tensor({ offset: op.int(1), size: ints(1), stride: ints(3) }))) as TorchTensor;
  assert.instance(made.storage, TorchStorage);
  assert.equal([made.offset, made.shape, made.strides], [1, [1], [3]]);
});

test.run();
