import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { instantiateShared, sharedMemory } from '../../../../src/wasm/core.ts';
import { Control, PENDING, STOP } from '../../../../src/wasm/threads/control.ts';
import { prepare, runPart } from '../../../../src/wasm/threads/serve.ts';

const test = suite('wasm/threads/serve');
const [SOURCE, OUT] = [1 << 20, 2 << 20];
const module = await platform.core('core.strict.threads.wasm');

/** Worker 1 of 2, and what it shares with its leader. Row SOURCE is 7. */
function worker(spin = 1) {
  const memory = sharedMemory();
  memory.grow(64);
  const kernels = instantiateShared(module, memory);
  const control = new Control(2);
  new Float32Array(memory.buffer, SOURCE, 1)[0] = 7;
  const kernel = Object.keys(kernels).indexOf('copy_rows');
  const copy = (extent: number, out = OUT) => ({
    kernel,
    extent,
    grain: 4,
    scratchBytes: 0,
    args: [out, 1, SOURCE, 0, 1],
  });
  const start = { module, memory, control: control.buffer, index: 1, threads: 2, spin, form: 0 };
  return { control, copy, start, live: () => prepare(start)(), rows: new Float32Array(memory.buffer, OUT, 64) };
}
const stop = { kernel: STOP, extent: 0, grain: 1, scratchBytes: 0, args: [] };

test('the parts of a kernel are its range, each unit once, with scratch of its own', () => {
  for (const [extent, grain, threads] of [
    [10, 1, 3],
    [197, 4, 8],
    [3, 4, 2],
    [0, 1, 4],
  ]) {
    const calls: number[][] = [];
    const command = { kernel: 0, extent, grain, scratchBytes: 64, args: [3, 1000] };
    for (let t = 0; t < threads; t++) runPart((...args) => calls.push(args), command, t, threads);
    assert.equal(
      calls.flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, i) => begin + i)),
      [...Array(extent).keys()],
    );
    assert.ok(
      calls.every(([begin, end]) => begin < end),
      'nobody is called for nothing',
    );
    assert.equal(
      calls.map(([, , ...args]) => args),
      calls.map((_, t) => [3, 1000 + 64 * t]),
    );
  }
});

test('a worker ends at the command to stop, which counts as no part', () => {
  const { control, live, rows } = worker();
  const generation = control.publish(stop, 1);
  live();
  assert.equal([control.accepted(1), control.words[PENDING], control.failed], [generation, 1, 0]);
  assert.ok(rows.every((value) => value === 0));
});

test('an exception ends the worker, and is put down first', () => {
  const { control, copy, live, start } = worker();
  control.publish(copy(64, start.memory.buffer.byteLength - 16), 1);
  assert.throws(live, (error: unknown) => error instanceof WebAssembly.RuntimeError);
  assert.equal([control.failed, control.words[PENDING]], [1, 1]);
});

test('a thread takes its part of one command after the other, spinning or asleep', async () => {
  for (const spin of [0, 1]) {
    const { control, copy, start, rows } = worker(spin);
    const thread = await new Promise<ReturnType<NonNullable<typeof platform.threads.start>>>((resolve, reject) => {
      const started = platform.threads.start!(start, { ready: () => resolve(started), failed: reject });
    });
    thread.go();
    for (const extent of [64, 8, 4]) {
      rows.fill(0);
      const generation = control.publish(copy(extent), 1);
      assert.not.equal(Atomics.wait(control.words, PENDING, 1, 20_000), 'timed-out');
      assert.is(control.accepted(1), generation);
      // the leader's part, the first half and all of 4 rows, is not touched
      const own = extent === 4 ? 4 : extent / 2;
      assert.equal(
        [...rows],
        Array.from({ length: 64 }, (_, i) => (i >= own && i < extent ? 7 : 0)),
      );
      Atomics.wait(control.words, PENDING, 0, 5);
    }
    control.publish(stop, 0);
    await thread.terminate();
  }
});

test.run();
