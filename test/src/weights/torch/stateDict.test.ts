import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ModuleRecord,
  type PickleValue,
  Stub,
  TorchStorage,
  TorchTensor,
} from '../../../../src/weights/torch/pickleValues.ts';
import { tensorsOf } from '../../../../src/weights/torch/stateDict.ts';
import { refused } from '../../refused.ts';
import { assertRefused } from '../refusal.ts';
import { op, program, torchZip } from './torchFile.ts';

const test = suite('weights/stateDict');
const tensor = (key: string, offset = 0, shape = [2], strides = [1], base = 0) =>
  new TorchTensor(new TorchStorage(key, 'F32', 100, base), offset, shape, strides);
const dict = (items: Record<string, PickleValue>): PickleValue => new Map(Object.entries(items));
/** Storage `key` lies at byte 1000 · key. */
const read = (value: PickleValue, useEma = false) =>
  tensorsOf(value, 'a.bin', useEma, ({ key }) => ({
    pieces: [{ begin: 1000 * Number(key), end: 1000 * Number(key) + 400 }],
  }));
const names = (value: PickleValue, useEma = false) => read(value, useEma).map(({ name }) => name);

test('tensors come in the order in which they lie in the file, not in that of the dict', () => {
  const value = dict({ d: tensor('3'), b: tensor('1', 8), c: tensor('2'), a: tensor('1', 2) });
  assert.equal(names(value), ['a', 'b', 'c', 'd']);
  assert.equal(names(new Map<PickleValue, PickleValue>([[7, tensor('1')]])), ['7'], 'an integer is a name too');
});

test('offsets count from the beginning of the storage; strides are named only where they say something', () => {
  const [{ offset, storage, dtype, shape }] = read(dict({ a: tensor('5', 3, [2], [1], 40) }));
  assert.equal([offset, storage.pieces[0].begin, dtype, shape], [43, 5000, 'F32', [2]]);
  const strides = (size: number[], steps: number[]) => read(dict({ a: tensor('1', 0, size, steps) }))[0].strides;
  assert.is(strides([2, 3, 4], [12, 4, 1]), null);
  assert.is(strides([1, 3, 1, 4], [99, 4, 0, 1]), null, 'axes of one element');
  assert.is(strides([2, 0], [7, 7]), null, 'no elements');
  assert.is(strides([], []), null);
  assert.equal(strides([3, 2], [1, 3]), [1, 3], 'transposed');
  assert.equal(strides([3, 2], [4, 1]), [4, 1], 'with gaps');
});

function module(parts: Record<string, PickleValue>): ModuleRecord {
  const record = new ModuleRecord();
  record.attributes = dict(parts);
  return record;
}

test('a whole module gives the names of its state dict; one that holds itself is an error', async () => {
  const conv = module({ _parameters: dict({ w: tensor('1'), b: null }), _buffers: dict({ mean: tensor('2') }) });
  const whole = module({
    training: false,
    _modules: dict({ conv, none: null }),
    _parameters: dict({ scale: tensor('3') }),
  });
  assert.equal(names(whole), ['conv.w', 'conv.mean', 'scale']);
  const endless = module({});
  endless.attributes = dict({ _modules: dict({ a: endless, b: endless }) });
  await refused(() => read(endless), 'InvalidCheckpoint', /more than 1000 modules/);
});

test('weights may be wrapped as training scripts wrap them, in wrappers within wrappers, and beside anything else', () => {
  const inner = dict({ a: tensor('1') });
  for (const key of ['model', 'module', 'state_dict'])
    assert.equal(names(dict({ epoch: 3, [key]: inner, optimizer: dict({ x: tensor('2') }) })), ['a'], key);
  assert.equal(names(dict({ model: dict({ module: dict({ state_dict: inner }) }) })), ['a']);
  assert.equal(names(dict({ model: tensor('1'), text: 'x' })), ['model'], 'a tensor of that name is no wrapper');
});

test('a few tensors beside a state dict are not the weights', () => {
  const inner = dict({ a: tensor('1'), b: tensor('2'), c: tensor('3') });
  const beside = { rng_state: tensor('4'), best_score: tensor('5') };
  assert.equal(names(dict({ ...beside, anything: inner })), ['a', 'b', 'c']);
  assert.equal(names(dict({ ...beside, anything: dict({ inner }) })), ['a', 'b', 'c']);
  assert.equal(names(dict({ a: tensor('1'), b: tensor('2'), extra: dict({ x: tensor('3') }) })), ['a', 'b']);
});

test('wrappers of any name, the running mean by option, several are told apart by their names or not at all', async () => {
  const [plain, mean, optimizer] = [dict({ a: tensor('1') }), dict({ b: tensor('2') }), dict({ 0: tensor('3') })];
  for (const key of ['model_state_dict', 'net', 'network', 'params', 'weights', 'anything'])
    assert.equal(names(dict({ epoch: 3, [key]: plain, optimizer_state_dict: dict({ x: tensor('2') }) })), ['a'], key);
  for (const key of ['ema', 'state_dict_ema', 'model_ema', 'ema_state_dict', 'params_ema', 'teacher']) {
    assert.equal(names(dict({ model: plain, [key]: mean })), ['a'], key);
    assert.equal(names(dict({ model: plain, [key]: mean }), true), ['b'], key);
    assert.equal(names(dict({ [key]: mean, epoch: 1 })), ['b'], 'the only one');
    assert.equal(names(dict({ [key]: dict({ module: mean }), model: plain }), true), ['b'], 'wrapped again');
  }
  const step = new Map<PickleValue, PickleValue>([[0, optimizer]]);
  assert.equal(names(dict({ model: plain, state: step })), ['a'], 'the state of an optimizer goes by numbers');
  await refused(() => read(dict({ one: plain, two: mean })), 'InvalidCheckpoint', /several state dicts: "one", "two"/);
  await refused(() => read(dict({ model: plain }), true), 'InvalidCheckpoint', /no running mean/);
  await refused(() => read(dict({ epoch: 1, 'a\nb': 2 })), 'InvalidCheckpoint', /its keys are "epoch", "a\\u000ab"/);
});

test('what holds no tensors is no checkpoint, and a dict that holds itself ends', async () => {
  const circle = new Map<PickleValue, PickleValue>();
  circle.set('model', circle);
  for (const value of [null, 3, 'model', [], dict({}), dict({ a: 1 }), circle])
    await refused(
      () => read(value),
      'InvalidCheckpoint',
      /"a.bin": it holds no state dict with tensors; its keys are /,
    );
  const file = torchZip(program(op.dict, op.put(0), op.text('model'), op.get(0), op.setItem));
  await assertRefused(file, 'pytorch_model.bin', 'InvalidCheckpoint', 'a dict that holds itself');
});

test('a whole model says that a state dict is needed, with stubs and without', async () => {
  await refused(() => read(new Stub()), 'InvalidCheckpoint', /one object of a class.*save its state_dict\(\)/);
});

test.run();
