import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  GlobalName,
  type PickleValue,
  Stub,
  type TorchStorage,
  type TorchTensor,
  Tuple,
} from '../../../../src/weights/torch/pickleValues.ts';
import { TorchWorld } from '../../../../src/weights/torch/torchWorld.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/torchWorld');
const tuple = (...items: PickleValue[]) => new Tuple(items);
const unsafe = (action: () => unknown, message: RegExp) => refused(action, 'UnsafePickle', message);
const id = (world: TorchWorld, type: string, key: string, numel: number, ...view: PickleValue[]) =>
  tuple('storage', world.global('torch', type), key, 'cpu', numel, ...view);
const rebuild = (world: TorchWorld, name = '_rebuild_tensor_v2') => world.global('torch._utils', name);

test('each storage type is its element type', () => {
  const types = {
    ...{ DoubleStorage: 'F64', FloatStorage: 'F32', HalfStorage: 'F16', BFloat16Storage: 'BF16', LongStorage: 'I64' },
    ...{ IntStorage: 'I32', ShortStorage: 'I16', CharStorage: 'I8', ByteStorage: 'U8', BoolStorage: 'BOOL' },
  };
  const world = new TorchWorld('a.bin', false);
  for (const [type, dtype] of Object.entries(types)) {
    const storage = world.persistent(id(world, type, type, 7)) as TorchStorage;
    assert.equal([storage.dtype, storage.numel, storage.base], [dtype, 7, 0], type);
  }
  assert.equal([...world.storages.keys()], Object.keys(types));
});

test('a storage named twice is one; a view of it counts from its own beginning and is not another', async () => {
  const world = new TorchWorld('a.bin', false);
  const first = world.persistent(id(world, 'FloatStorage', '3', 10));
  assert.is(world.persistent(id(world, 'FloatStorage', '3', 10, null)), first);
  const view = world.persistent(id(world, 'FloatStorage', '3', 10, tuple('v', 4, 6))) as TorchStorage;
  assert.equal([view.key, view.base, view.numel], ['3', 4, 6]);
  assert.equal([...world.storages.values()], [first]);
  const beyond = id(world, 'FloatStorage', '3', 10, tuple('v', 5, 6));
  await unsafe(() => world.persistent(beyond), /views elements beyond the 10 of storage 3/);
  await unsafe(() => world.persistent(id(world, 'HalfStorage', '3', 10)), /storage 3 in two ways/);
});

test('a tensor may fill its storage to the last element, along any strides, and not reach one further', async () => {
  const world = new TorchWorld('a.bin', false);
  const storage = world.persistent(id(world, 'FloatStorage', '0', 12));
  const make = (offset: number, shape: number[], strides: number[]) =>
    world.call(
      rebuild(world),
      tuple(storage, offset, tuple(...shape), tuple(...strides), false, new Map()),
    ) as TorchTensor;
  const { offset, shape, strides } = make(0, [2, 3], [1, 5]);
  assert.equal([offset, shape, strides], [0, [2, 3], [1, 5]]);
  await unsafe(() => make(1, [2, 3], [1, 5]), /views element 12 of the 12/);
  assert.equal(make(0, [], []).shape, [], 'a scalar');
  assert.equal(make(12, [0], [1]).shape, [0], 'no element reaches nowhere');
  assert.equal(make(11, [1, 1], [99, 99]).strides, [99, 99], 'strides of axes of one element mean nothing');
  await unsafe(() => make(0, [2, 2], [1, 0]), /makes 4 elements of the 12/);
  await unsafe(() => make(0, [2], [1, 1]), /2 strides for 1 axes/);
});

test('parameters and tensors with attributes are the tensor itself, sizes and dicts what they hold', async () => {
  const world = new TorchWorld('a.bin', false);
  const storage = world.persistent(id(world, 'FloatStorage', '0', 2));
  const args = tuple(storage, 0, tuple(2), tuple(1), false, new Map());
  const tensor = world.call(rebuild(world), args);
  assert.is(world.call(rebuild(world, '_rebuild_parameter'), tuple(tensor, true, new Map())), tensor);
  const fromType = world.global('torch._tensor', '_rebuild_from_type_v2');
  const type = world.global('torch.nn.parameter', 'Parameter');
  assert.equal(world.call(fromType, tuple(rebuild(world), type, args, new Map([['x', 1]]))), tensor);
  assert.equal((world.call(world.global('torch', 'Size'), tuple(tuple(3, 4))) as Tuple).items, [3, 4]);
  assert.equal(world.call(world.global('collections', 'OrderedDict'), tuple()), new Map());
  await unsafe(() => world.call(type, tuple()), /calls torch.nn.parameter.Parameter/);
});

test('any other name is refused by name, or a stub where stubs are allowed, whatever it is called with', async () => {
  await unsafe(
    () => new TorchWorld('a.bin', false).global('os', 'system'),
    /"a.bin".*os.system; the option allowStubs/,
  );
  const world = new TorchWorld('a.bin', true);
  const stub = world.global('os', 'system');
  assert.instance(stub, Stub);
  assert.instance(world.call(stub, tuple('touch x')), Stub);
  assert.instance(world.global('torch', 'FloatStorage'), GlobalName, 'what is allowed stays what it is');
  for (const name of ['a b', '', '1a', 'a;b', 'a\u0000']) await unsafe(() => world.global('os', name), /asks for "os/);
});

test.run();
