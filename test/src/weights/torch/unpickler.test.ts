import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PickleBytes } from '../../../../src/weights/torch/pickleBytes.ts';
import { PICKLE_LIMITS } from '../../../../src/weights/torch/pickleLimits.ts';
import {
  GlobalName,
  ModuleClass,
  ModuleRecord,
  type PickleValue,
  Stub,
  Tuple,
} from '../../../../src/weights/torch/pickleValues.ts';
import { Unpickler } from '../../../../src/weights/torch/unpickler.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/torch/unpickler');
/** Hooks that return their arguments, so that a test sees how they were called. */
const unpickler = () =>
  new Unpickler(
    {
      findClass: (module, name) => new GlobalName(`${module}:${name}`),
      call: (callee, args) => [callee, ...args.items],
      persistentLoad: (id) => new Tuple([id]),
    },
    new PickleBytes(new Uint8Array(0), 0, 'a.bin'),
  );
const unsafe = (run: (m: Unpickler) => unknown, message: RegExp) =>
  refused(() => run(unpickler()), 'UnsafePickle', message);

test('tuples keep their order; marks nest and fence off what lies below', async () => {
  const m = unpickler();
  m.push(1);
  m.mark();
  m.push(2);
  m.mark();
  m.push(3);
  m.push(4);
  m.tuple(2);
  const [pair] = m.popMark();
  assert.equal((pair as Tuple).items, [3, 4]);
  assert.equal(m.popMark(), [2]);
  assert.is(m.stop(), 1);
  await unsafe((n) => [n.push(1), n.mark(), n.pop()], /the stack ran empty/);
  await unsafe((n) => n.popMark(), /no mark to go back to/);
});

test('an object of a known class of modules keeps its attributes; a class that is not known makes none', async () => {
  const m = unpickler();
  m.push(new ModuleClass());
  m.push(new Tuple([]));
  m.newObject();
  m.push(new Map([['training', false]]));
  m.build();
  const record = m.stop() as ModuleRecord;
  assert.instance(record, ModuleRecord);
  assert.equal(record.attributes, new Map([['training', false]]));
  const unknown = (n: Unpickler) => [n.push(new GlobalName('os:system')), n.push(new Tuple([])), n.newObject()];
  await unsafe(unknown, /an object of a class that is not allowed/);
});

test('lists and dicts are filled in place, and the memo gives back the very same object', async () => {
  const m = unpickler();
  const list: PickleValue[] = [];
  const dict = new Map<PickleValue, PickleValue>();
  m.pushNew(list);
  m.put(9);
  m.append([1, 'b']);
  m.pop();
  m.pushNew(dict);
  m.get(9);
  const kept = m.pop();
  m.setItems(['k', kept, 7, null]);
  m.push('state of a dict is dropped');
  m.build();
  assert.is(m.stop(), dict);
  assert.equal(
    [...dict],
    [
      ['k', [1, 'b']],
      [7, null],
    ],
  );
  assert.is(dict.get('k'), list);
  await unsafe((n) => n.get(0), /memo entry 0 was never put/);
});

test('names, calls and persistent ids are asked of the hooks, with their arguments in order', async () => {
  const m = unpickler();
  m.global('a.b', 'c');
  m.push(5);
  m.push(6);
  m.tuple(2);
  m.call();
  const [callee, ...args] = m.pop() as PickleValue[];
  assert.equal([(callee as GlobalName).name, ...args], ['a.b:c', 5, 6]);
  m.push('id');
  m.persistent();
  assert.equal((m.stop() as Tuple).items, ['id']);
  await unsafe((n) => [n.push(1), n.pushNew([]), n.call()], /arguments that are not a tuple/);
});

test('a stub swallows items, state and arguments; only a stub makes objects', async () => {
  const m = unpickler();
  m.push(new Stub());
  m.append([1]);
  m.setItems(['k', 1]);
  m.push('state');
  m.build();
  m.tuple(0);
  m.newObject();
  assert.instance(m.stop(), Stub);
  await unsafe((n) => [n.global('a', 'b'), n.tuple(0), n.newObject()], /a class that is not allowed/);
});

test('a dict key is what has no content of its own, set once and with a value', async () => {
  const dict =
    (...items: PickleValue[]) =>
    (n: Unpickler) => [n.pushNew(new Map()), n.setItems(items)];
  await unsafe(dict('a'), /a key without a value/);
  await unsafe(dict([], 1), /a list or a dict as the key/);
  await unsafe(dict(new Map(), 1), /a list or a dict as the key/);
  const m = unpickler();
  m.pushNew(new Map());
  m.setItems([null, 1, true, 2, new Tuple([1]), 3]);
  assert.is((m.stop() as Map<PickleValue, PickleValue>).size, 3);
  await unsafe(dict('a', 1, 'a', 2), /the key "a" is set twice/);
  await unsafe((n) => [n.pushNew([]), n.setItems([])], /not a dict/);
  await unsafe((n) => [n.push('text'), n.append([1])], /not a list/);
});

test('every bound lets through what it names and refuses one more', async () => {
  const { stack, marks, memo, containers } = PICKLE_LIMITS;
  const putAt = (m: Unpickler, i: number) => {
    if (i === 0) m.push(null);
    m.put(i);
  };
  const make = (m: Unpickler) => {
    m.pushNew([]);
    m.pop();
  };
  const bounds: [number, (m: Unpickler, i: number) => void, RegExp][] = [
    [stack, (m) => m.push(null), /deeper than 65536/],
    [marks, (m) => m.mark(), /more than 256 marks/],
    [memo, putAt, /more than 131072 memo entries/],
    [containers, make, /more than 65536 containers/],
  ];
  for (const [most, step, message] of bounds) {
    const m = unpickler();
    for (let i = 0; i < most; i++) step(m, i);
    await refused(() => step(m, most), 'UnsafePickle', message);
  }
});

test('it stops with exactly one value', async () => {
  await unsafe((m) => m.stop(), /the stack ran empty/);
  await unsafe((m) => [m.push(1), m.push(2), m.stop()], /values left over/);
  await unsafe((m) => [m.mark(), m.push(1), m.stop()], /values left over/);
});

test.run();
