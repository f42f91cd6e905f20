import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  GlobalName,
  ModuleClass,
  type PickleValue,
  Stub,
  type TorchStorage,
  type TorchTensor,
  Tuple,
} from '../../../../src/weights/torch/pickleValues.ts';
import { TorchUnpickler } from '../../../../src/weights/torch/torchUnpickler.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/torch/torchUnpickler');
const tuple = (...items: PickleValue[]) => new Tuple(items);
const unsafe = (action: () => unknown, message: RegExp) => refused(action, 'UnsafePickle', message);
const id = (hooks: TorchUnpickler, type: string, key: string, numel: number, ...view: PickleValue[]) =>
  tuple('storage', hooks.findClass('torch', type), key, 'cpu', numel, ...view);
const rebuild = (hooks: TorchUnpickler, name = '_rebuild_tensor_v2') => hooks.findClass('torch._utils', name);

test('each storage type is its element type', () => {
  const types = {
    ...{ DoubleStorage: 'F64', FloatStorage: 'F32', HalfStorage: 'F16', BFloat16Storage: 'BF16', LongStorage: 'I64' },
    ...{ IntStorage: 'I32', ShortStorage: 'I16', CharStorage: 'I8', ByteStorage: 'U8', BoolStorage: 'BOOL' },
  };
  const hooks = new TorchUnpickler('a.bin', false);
  for (const [type, dtype] of Object.entries(types)) {
    const storage = hooks.persistentLoad(id(hooks, type, type, 7)) as TorchStorage;
    assert.equal([storage.dtype, storage.numel, storage.base], [dtype, 7, 0], type);
  }
  assert.equal([...hooks.storages.keys()], Object.keys(types));
});

test("DALL-E's modules are known, and the legacy format names their classes by a persistent id", async () => {
  const hooks = new TorchUnpickler('a.bin', false);
  const known = hooks.findClass('dall_e.encoder', 'Encoder', true);
  assert.instance(known, ModuleClass);
  assert.is(hooks.persistentLoad(tuple('module', known, 'encoder.py', 'class Encoder:')), known);
  await unsafe(() => hooks.persistentLoad(tuple('module', 'os', '', '')), /not a storage/);
  await unsafe(() => hooks.findClass('dall_e.encoder', 'os'), /asks for dall_e.encoder.os/);
});

test('a storage named twice is one; a view of it counts from its own beginning and is not another', async () => {
  const hooks = new TorchUnpickler('a.bin', false);
  const first = hooks.persistentLoad(id(hooks, 'FloatStorage', '3', 10));
  assert.is(hooks.persistentLoad(id(hooks, 'FloatStorage', '3', 10, null)), first);
  const view = hooks.persistentLoad(id(hooks, 'FloatStorage', '3', 10, tuple('v', 4, 6))) as TorchStorage;
  assert.equal([view.key, view.base, view.numel], ['3', 4, 6]);
  assert.equal([...hooks.storages.values()], [first]);
  const beyond = id(hooks, 'FloatStorage', '3', 10, tuple('v', 5, 6));
  await unsafe(() => hooks.persistentLoad(beyond), /views elements beyond the 10 of storage 3/);
  await unsafe(() => hooks.persistentLoad(id(hooks, 'HalfStorage', '3', 10)), /storage 3 in two ways/);
});

test('a tensor may fill its storage to the last element, along any strides, and not reach one further', async () => {
  const hooks = new TorchUnpickler('a.bin', false);
  const storage = hooks.persistentLoad(id(hooks, 'FloatStorage', '0', 12));
  const make = (offset: number, shape: number[], strides: number[]) =>
    hooks.call(
      rebuild(hooks),
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
  const hooks = new TorchUnpickler('a.bin', false);
  const storage = hooks.persistentLoad(id(hooks, 'FloatStorage', '0', 2));
  const args = tuple(storage, 0, tuple(2), tuple(1), false, new Map());
  const tensor = hooks.call(rebuild(hooks), args);
  assert.is(hooks.call(rebuild(hooks, '_rebuild_parameter'), tuple(tensor, true, new Map())), tensor);
  const fromType = hooks.findClass('torch._tensor', '_rebuild_from_type_v2');
  const type = hooks.findClass('torch.nn.parameter', 'Parameter');
  assert.equal(hooks.call(fromType, tuple(rebuild(hooks), type, args, new Map([['x', 1]]))), tensor);
  assert.equal((hooks.call(hooks.findClass('torch', 'Size'), tuple(tuple(3, 4))) as Tuple).items, [3, 4]);
  assert.equal(hooks.call(hooks.findClass('collections', 'OrderedDict'), tuple()), new Map());
  await unsafe(() => hooks.call(type, tuple()), /calls torch.nn.parameter.Parameter/);
});

test('types without a storage of their own view bytes', async () => {
  const hooks = new TorchUnpickler('a.bin', false);
  const bytes = hooks.persistentLoad(
    tuple('storage', hooks.findClass('torch.storage', 'UntypedStorage'), '0', 'cpu', 8),
  );
  const make = (type: PickleValue, ...size: number[]) =>
    hooks.call(
      rebuild(hooks, '_rebuild_tensor_v3'),
      tuple(bytes, 0, tuple(...size), tuple(1), false, new Map(), type),
    ) as TorchTensor;
  const types = { float8_e4m3fn: 'F8_E4M3', float8_e5m2: 'F8_E5M2', float8_e8m0fnu: 'F8_E8M0', uint16: 'U16' };
  for (const [type, dtype] of Object.entries(types))
    assert.is(make(hooks.findClass('torch', type), 4).storage.dtype, dtype);
  assert.is(hooks.storages.get('0')?.dtype, 'U8', 'located as bytes');
  await unsafe(() => make(hooks.findClass('torch', 'uint16'), 5), /views element 4 of the 4/);
  await unsafe(() => make(hooks.findClass('torch', 'float32'), 2), /a tensor of an unknown type/);
});

test('plain data of Python is inert without stubs too', () => {
  const hooks = new TorchUnpickler('a.bin', false);
  const names = ['__builtin__.set', 'builtins.bytearray', '_codecs.encode', 'collections.Counter', 'torch.device'];
  for (const name of [...names, 'torch.float32', 'torch.bfloat16', 'torch.bool']) {
    const [, module, last] = /^(.*)\.(.*)$/.exec(name)!;
    assert.instance(hooks.findClass(module, last), Stub, name);
  }
});

test('any other name is refused by name, or a stub where stubs are allowed, whatever it is called with', async () => {
  await unsafe(
    () => new TorchUnpickler('a.bin', false).findClass('os', 'system'),
    /"a.bin".*os.system; the option allowStubs/,
  );
  await unsafe(
    () => new TorchUnpickler('a.bin', false).findClass('my.models', 'Net', true),
    /an object of my\.models\.Net, as torch\.save\(model\) writes a whole model; .* save its state_dict\(\) instead/,
  );
  const hooks = new TorchUnpickler('a.bin', true);
  const stub = hooks.findClass('os', 'system');
  assert.instance(stub, Stub);
  assert.instance(hooks.call(stub, tuple('touch x')), Stub);
  assert.instance(hooks.findClass('torch', 'FloatStorage'), GlobalName, 'what is allowed stays what it is');
  for (const name of ['a b', '', '1a', 'a;b', 'a\u0000'])
    await unsafe(() => hooks.findClass('os', name), /asks for "os/);
});

test.run();
