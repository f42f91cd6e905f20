import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { each } from '../../../src/webgpu/kernel.ts';
import { Recorder } from '../../../src/webgpu/recorder.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/recorder');
const ONE = each('one', ['a', 'b'], 'data[i] = 1.0;');

function newRecorder() {
  const { fake, device } = fakeDevice();
  const recorder = new Recorder(device);
  recorder.useArena(device.createBuffer({ size: 64, usage: 0 }));
  return { fake, recorder };
}

test('calls are handed over in order, each with its own numbers', () => {
  const { fake, recorder } = newRecorder();
  recorder.run(ONE, [1, 2, 3], 4);
  recorder.run(ONE, [5, 6, 7], 8, 9);
  assert.is(fake.calls.length, 0);
  recorder.submit();
  const found = fake.calls.map(({ numbers, groups }) => [[...numbers.slice(0, 3)], groups]);
  assert.equal(found, [
    [
      [1, 2, 3],
      [4, 1, 1],
    ],
    [
      [5, 6, 7],
      [8, 9, 1],
    ],
  ]);
  recorder.submit();
  assert.is(fake.submits, 1, 'nothing is handed over twice');
});

test('what is encoded behind the calls runs behind them', () => {
  const { fake, recorder } = newRecorder();
  const seen: number[] = [];
  recorder.run(ONE, [1, 2, 3], 1);
  recorder.submit((encoder) =>
    (encoder.finish() as unknown as (() => void)[]).push(() => seen.push(fake.calls.length)),
  );
  assert.equal(seen, [1]);
});

test('many calls are handed over in parts', () => {
  const { fake, recorder } = newRecorder();
  for (let i = 0; i < 150; i++) recorder.run(ONE, [i, 0, 0], 1);
  assert.is(fake.submits, 2);
  recorder.submit();
  assert.equal(
    fake.calls.map(({ numbers }) => numbers[0]),
    Array.from({ length: 150 }, (_, i) => i),
  );
});

test('more workgroups than a device takes become as many as it takes', () => {
  const { fake, recorder } = newRecorder();
  for (const [x, y] of [
    [1e6, 1],
    [2, 65535],
    [2, 65536],
    [2, 200_000],
  ])
    recorder.run(ONE, [1, 2, 3], x, y);
  recorder.submit();
  assert.equal(
    fake.calls.map(({ groups }) => groups),
    [
      [65535, 1, 1],
      [2, 65535, 1],
      [2, 32768, 2],
      [2, 50000, 4],
    ],
  );
});

test('a kernel is compiled once', () => {
  const { fake, recorder } = newRecorder();
  let compiled = 0;
  fake.createComputePipeline = ({ compute }) => {
    compiled++;
    return compute.module;
  };
  recorder.run(ONE, [1, 2, 3], 1);
  recorder.run({ ...ONE }, [1, 2, 3], 1);
  recorder.run({ ...ONE, name: 'another' }, [1, 2, 3], 1);
  assert.is(compiled, 2);
});

test('kernels that are compiled ahead are not compiled by a call, and nothing of the pass runs', async () => {
  const { fake, recorder } = newRecorder();
  const [ahead, late]: string[][] = [[], []];
  fake.createComputePipelineAsync = async ({ compute }) => {
    ahead.push(compute.module);
    return compute.module;
  };
  fake.createComputePipeline = ({ compute }) => {
    late.push(compute.module);
    return compute.module;
  };
  const another = { ...ONE, name: 'another' };
  const pass = () => {
    recorder.run(ONE, [1, 2, 3], 1);
    recorder.run(another, [1, 2, 3], 1);
    recorder.run(ONE, [1, 2, 3], 1);
  };
  recorder.compile(pass);
  recorder.compile(pass);
  await recorder.compiled();
  recorder.submit();
  assert.equal([ahead.length, late.length, fake.submits], [2, 0, 0]);
  pass();
  recorder.submit();
  assert.equal([ahead.length, late.length, fake.calls.length], [2, 0, 3]);
});

test('what fails to compile ahead is compiled by its first call', async () => {
  const { fake, recorder } = newRecorder();
  fake.createComputePipelineAsync = async () => {
    throw new Error('not now');
  };
  recorder.compile(() => recorder.run(ONE, [1, 2, 3], 1));
  await recorder.compiled();
  recorder.run(ONE, [1, 2, 3], 1);
  recorder.submit();
  assert.is(fake.calls.length, 1);
});

test.run();
