import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../../src/weights/checkpoint.ts';
import { PICKLE_LIMITS } from '../../../../src/weights/torch/pickleLimits.ts';
import { refused } from '../../refused.ts';
import { assertRefused, outcome } from '../refusal.ts';
import {
  type Code,
  call,
  ints,
  join,
  op,
  PLAIN,
  program,
  stateDict,
  storage,
  tensor,
  torchLegacy,
  torchZip,
  tuple,
} from './torchFile.ts';

const test = suite('weights/pickle');
const NAME = 'pytorch_model.bin';
const bytes = (...values: number[]) => Uint8Array.from(values);
const repeat = (code: Code, count: number) => {
  const out = new Uint8Array(code.length * count);
  for (let i = 0; i < count; i++) out.set(code, i * code.length);
  return out;
};
const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const withTensor = (code: Code) => stateDict(['a', code]);
const asks = (module: string, name: string, ...args: Code[]) => stateDict(['a', call(module, name, ...args)]);
/** A program that is refused at `code`, wherever it would go on. */
const at = (...code: Code[]) => concat(op.proto, ...code, op.stop);

const CALLABLES: [string, string][] = [
  ['os', 'system'],
  ['posix', 'system'],
  ['nt', 'system'],
  ['subprocess', 'Popen'],
  ['builtins', 'eval'],
  ['__builtin__', 'eval'],
  ['builtins', 'exec'],
  ['builtins', 'getattr'],
  ['builtins', '__import__'],
  ['importlib', 'import_module'],
  ['runpy', 'run_path'],
  ['pty', 'spawn'],
  ['webbrowser', 'open'],
  ['socket', 'create_connection'],
  ['shutil', 'rmtree'],
  ['operator', 'attrgetter'],
  ['functools', 'partial'],
  ['marshal', 'loads'],
  ['types', 'FunctionType'],
  ['pickle', 'loads'],
  ['torch', 'load'],
  ['torch.hub', 'load'],
  ['torch.storage', '_load_from_bytes'],
  ['torch._utils', '_rebuild_qtensor'],
  ['torch._utils', '_rebuild_sparse_tensor'],
  ['torch.jit', 'load'],
  ['torch', 'FloatStorage.from_file'],
  ['collections', 'OrderedDict.__init__'],
  ['collections', 'defaultdict'],
  ['numpy.core.multiarray', '_reconstruct'],
  ['copyreg', '_reconstructor'],
  ['', ''],
  ['torch', ''],
  ['torch\u0000', 'FloatStorage'],
  ['torch._utils ', '_rebuild_tensor_v2'],
  ['__proto__', 'constructor'],
  ['collections.OrderedDict', ''],
];

const tensorWith = (fields: Parameters<typeof tensor>[0]) => withTensor(tensor(fields));
const storageWith = (fields: Parameters<typeof storage>[0]) => tensorWith({ storage: storage(fields) });
const big = op.long(0, 0, 0, 0, 0, 0, 0, 0, 1);

const REFUSED: Record<string, Record<string, Uint8Array>> = {
  'calls of what is allowed only as a name': {
    'a storage type': asks('torch', 'FloatStorage', op.int(4)),
    'a tensor type': asks('torch', 'Tensor', op.int(4)),
    'an integer': program(op.int(1), op.emptyTuple, op.reduce),
    'a string': program(op.text('os.system'), op.emptyTuple, op.reduce),
    'a dict': program(op.dict, op.emptyTuple, op.reduce),
    'a call with a list': program(op.global('collections', 'OrderedDict'), op.list, op.reduce),
    'an OrderedDict that is given pairs': asks('collections', 'OrderedDict', op.list),
    'a new object of a storage type': program(op.global('torch', 'FloatStorage'), op.emptyTuple, op.newObject),
    'a new object of OrderedDict': program(op.global('collections', 'OrderedDict'), op.emptyTuple, op.newObject),
    'state for a list': program(op.list, op.dict, op.build),
    'state for a name': program(op.global('torch', 'FloatStorage'), op.dict, op.build),
    'a parameter of no tensor': asks('torch._utils', '_rebuild_parameter', op.int(1), op.false, op.none),
    'a size of a list': asks('torch', 'Size', op.list),
    'a rebuild by a rebuild': asks(
      'torch._tensor',
      '_rebuild_from_type_v2',
      op.global('torch._tensor', '_rebuild_from_type_v2'),
      op.none,
      op.emptyTuple,
      op.none,
    ),
    'a rebuild by a string': asks(
      'torch._tensor',
      '_rebuild_from_type_v2',
      op.text('eval'),
      op.none,
      op.emptyTuple,
      op.none,
    ),
  },
  'broken machines': {
    nothing: bytes(),
    'a STOP alone': bytes(0x2e),
    'no STOP': join(op.proto, op.dict),
    'an empty stack': at(),
    'values left over': at(op.dict, op.dict),
    'a mark left over': at(op.dict, op.mark),
    'a second PROTO': at(op.proto, op.dict),
    'protocol 0': bytes(0x28, 0x64, 0x70, 0x30, 0x0a, 0x2e),
    'protocol 3': bytes(0x80, 3, 0x7d, 0x2e),
    'protocol 4': bytes(0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x2e),
    'a tuple without a mark': at(op.tuple),
    'a tuple beyond a mark': at(op.int(1), op.mark, op.tuple2),
    'a pop of nothing': at(op.setItem),
    'an item for a list': at(op.list, op.int(1), op.int(1), op.setItem),
    'an item appended to a dict': at(op.dict, op.int(1), op.append),
    'a key without a value': at(op.dict, op.mark, op.text('a'), op.setItems),
    'a key set twice': stateDict(['a', op.int(1)], ['a', op.int(2)]),
    'a key that is a list': at(op.dict, op.list, op.int(1), op.setItem),
    'a key that is a dict': at(op.dict, op.dict, op.int(1), op.setItem),
    'a memo that was never put': at(op.get(7)),
    'a memo of an empty stack': at(op.put(0)),
    'a memo behind a mark': at(op.int(1), op.mark, op.put(0)),
    'text cut short': at(bytes(0x58, 255, 255, 255, 0)),
    'text that is no UTF-8': at(bytes(0x58, 1, 0, 0, 0, 0xff)),
    'an integer cut short': join(op.proto, bytes(0x4a, 1)),
    'a name without an end': join(op.proto, bytes(0x63), repeat(bytes(0x61), 100)),
    'a name too long': at(op.global('a'.repeat(300), 'b')),
    'bytes behind STOP': join(PLAIN, bytes(0)),
    'a second pickle behind the first': join(PLAIN, PLAIN),
  },
  'more than the bounds': {
    'a stack too deep': at(repeat(op.none, PICKLE_LIMITS.stack + 1)),
    'marks too many': at(repeat(op.mark, PICKLE_LIMITS.marks + 1)),
    'dicts too many': at(repeat(op.dict, PICKLE_LIMITS.containers + 1)),
    'tuples too many': at(op.none, repeat(op.tuple1, PICKLE_LIMITS.containers + 1)),
    'operations too many': at(op.dict, repeat(bytes(0x71, 0), PICKLE_LIMITS.operations)),
    'memo entries too many': at(
      op.none,
      Buffer.concat(Array.from({ length: PICKLE_LIMITS.memo + 1 }, (_, i) => op.put(i))),
    ),
    'a string too long': at(bytes(0x58, 0, 0, 2, 0), repeat(bytes(0x61), 1 << 17)),
    'a string of 4 GB': at(bytes(0x58, 255, 255, 255, 255)),
    'an integer of 255 bytes': at(op.long(...new Array(255).fill(1))),
  },
  'storages that are none': {
    'another kind': storageWith({ kind: op.text('module') }),
    'no tuple': withTensor(join(op.text('storage'), op.persistent)),
    'an empty tuple': withTensor(join(op.emptyTuple, op.persistent)),
    'a type that is text': storageWith({ type: op.text('torch.FloatStorage') }),
    'a type that is a function': storageWith({ type: op.global('torch._utils', '_rebuild_tensor_v2') }),
    'a complex type': storageWith({ type: op.global('torch', 'ComplexFloatStorage') }),
    'a key that is a number': storageWith({ key: op.int(0) }),
    'a key with a path': storageWith({ key: op.text('../0') }),
    'an empty key': storageWith({ key: op.text('') }),
    'a negative size': storageWith({ numel: op.int(-1) }),
    'a broken size': storageWith({ numel: op.float(2.5) }),
    'a size of 2⁶⁴': storageWith({ numel: big }),
    'a size that is text': storageWith({ numel: op.text('2') }),
    'two sizes of one key': stateDict(['a', tensor()], ['b', tensor({ storage: storage({ numel: op.int(3) }) })]),
    'two types of one key': stateDict(
      ['a', tensor()],
      ['b', tensor({ storage: storage({ type: op.global('torch', 'IntStorage') }) })],
    ),
  },
  'views that leave their storage': {
    'no storage': tensorWith({ storage: op.dict }),
    'an offset too far': tensorWith({ offset: op.int(1) }),
    'a negative offset': tensorWith({ offset: op.int(-1) }),
    'an offset of 2⁶⁴': tensorWith({ offset: big }),
    'a size too large': tensorWith({ size: ints(3) }),
    'a negative size': tensorWith({ size: ints(-2) }),
    'a stride too large': tensorWith({ stride: ints(2) }),
    'a negative stride': tensorWith({ offset: op.int(1), stride: ints(-1) }),
    'a stride missing': tensorWith({ stride: op.emptyTuple }),
    'a stride too many': tensorWith({ stride: ints(1, 1) }),
    'a size that is a list': tensorWith({ size: op.list }),
    'a size of text': tensorWith({ size: tuple(op.text('2')) }),
    'a size of 0.5': tensorWith({ size: tuple(op.float(0.5)) }),
    'a billion elements by stride 0': tensorWith({ size: ints(1_000_000_000), stride: ints(0) }),
    'two elements by stride 0': tensorWith({ size: ints(2), stride: ints(0) }),
    'overlapping rows': tensorWith({ size: ints(2, 2), stride: ints(0, 1) }),
    '2⁶² elements': tensorWith({ size: ints(2 ** 31 - 1, 2 ** 31 - 1), stride: ints(0, 0) }),
    'elements beyond doubles, times none': tensorWith({
      size: tuple(...new Array(40).fill(op.long(0, 0, 0, 0, 0, 0, 16)), op.int(0)),
      stride: tuple(...new Array(41).fill(op.int(1))),
    }),
    '65 axes': tensorWith({ size: ints(...new Array(65).fill(1)), stride: ints(...new Array(65).fill(1)) }),
  },
};

assert.is(await outcome(torchZip(PLAIN), NAME), 'accepted');
for (const size of [0, 1 << 21]) await outcome(torchZip(at(repeat(op.none, size))), NAME);
const count = CALLABLES.length + Object.values(REFUSED).reduce((sum, group) => sum + Object.keys(group).length, 0);
test(`there are at least 60 hostile pickles: ${count}`, () => assert.ok(count >= 60));

test('refuses every name but a dozen', async () => {
  for (const [module, name] of CALLABLES) {
    const label = `${module}.${name}`;
    await assertRefused(torchZip(asks(module, name, op.text('touch /tmp/x'))), NAME, 'UnsafePickle', label);
    await assertRefused(torchLegacy({ object: asks(module, name) }), NAME, 'UnsafePickle', `legacy ${label}`);
    await assertRefused(torchZip(program(op.global(module, name))), NAME, 'UnsafePickle', `only named: ${label}`);
  }
});

test('weights of quantizers are named, with stubs too', async () => {
  for (const [module, name, who] of [
    ['torch._utils', '_rebuild_qtensor', /torch quantized/],
    ['torch._utils', '_rebuild_wrapper_subclass', /torchao or a library like it quantized/],
    ['torchao.quantization', 'Int8Tensor', /torchao quantized/],
    ['optimum.quanto.tensor', 'WeightQBytesTensor', /optimum\.quanto quantized/],
    ['torch', 'QInt8Storage', /torch quantized/],
  ] as const) {
    for (const allowStubs of [false, true]) {
      const files = filesOf({ 'pytorch_model.bin': torchZip(asks(module, name)) });
      await refused(() => openCheckpoint(files, { allowStubs }), 'UnsafePickle', who);
    }
  }
});

test('allows no opcode but thirty', async () => {
  const allowed = new Set(
    [...'(qrhjNKMJ\u008aGX\u008c}])\u0085\u0086\u0087taesucQR\u0081b.\u0088\u0089'].map((c) => c.charCodeAt(0)),
  );
  assert.is(allowed.size, 32);
  for (let opcode = 0; opcode < 256; opcode++) {
    if (allowed.has(opcode)) continue;
    const pickle = join(op.proto, op.dict, [opcode], repeat(bytes(0x0a), 16), op.stop);
    await assertRefused(torchZip(pickle), NAME, 'UnsafePickle', `opcode ${opcode}`);
  }
});

for (const [what, pickles] of Object.entries(REFUSED)) {
  test(`refuses ${what}`, async () => {
    for (const [label, pickle] of Object.entries(pickles))
      await assertRefused(torchZip(pickle), NAME, 'UnsafePickle', label);
  });
}

test('what holds no tensors is no checkpoint', async () => {
  const empty = { none: op.none, list: op.list, dict: op.dict, number: op.int(3), text: op.text('model') };
  for (const [label, value] of Object.entries(empty)) {
    await assertRefused(torchZip(program(value)), NAME, 'InvalidCheckpoint', label);
  }
  const laughs = at(op.list, op.put(0), repeat(concat(op.get(0), op.tuple2, op.put(0)), 10_000));
  await assertRefused(torchZip(laughs), NAME, 'InvalidCheckpoint', '2 to the 10,000 references');
});

test('a stub takes everything and gives nothing', async () => {
  const stub = call('os', 'system', op.text('touch /tmp/x'));
  const used = join(stub, op.dict, op.build, op.text('k'), op.int(1), op.setItem, op.int(2), op.append);
  const object = join(op.global('argparse', 'Namespace'), op.emptyTuple, op.newObject, op.dict, op.build);
  const file = torchZip(stateDict(['args', object], ['x', used], ['a', tensor()]));
  assert.is(await outcome(file, NAME), 'UnsafePickle');
  assert.is(await outcome(file, NAME, true), 'accepted');
  const asTensor = torchZip(stateDict(['a', tensor({ storage: stub })]));
  assert.is(await outcome(asTensor, NAME, true), 'UnsafePickle');
  const asFunction = call(
    'torch._tensor',
    '_rebuild_from_type_v2',
    op.global('os', 'system'),
    op.none,
    op.emptyTuple,
    op.none,
  );
  assert.is(await outcome(torchZip(stateDict(['a', asFunction])), NAME, true), 'UnsafePickle');
});

test.run();
