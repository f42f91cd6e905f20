import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import type { BeitError } from '../../../../src/errors.ts';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../../src/tensor.ts';
import { instantiateShared, sharedMemory } from '../../../../src/wasm/core.ts';
import { Control } from '../../../../src/wasm/threads/control.ts';
import type { StartThread, Thread } from '../../../../src/wasm/threads/thread.ts';
import { ThreadPool } from '../../../../src/wasm/threads/threadPool.ts';
import { refused } from '../../refused.ts';

const test = suite('wasm/threads/failure');

const start = platform.threads.start!;
const threads: Thread[] = [];
const capturing: StartThread = (...args) => {
  threads.push(start(...args));
  return threads.at(-1)!;
};

const config = new BeitConfig({
  hiddenSize: 192,
  numHiddenLayers: 24,
  numAttentionHeads: 3,
  intermediateSize: 768,
  imageSize: 128,
  numLabels: 10,
});
const pixelValues = new Tensor('float32', new Float32Array(3 * 128 * 128).fill(0.5), [1, 3, 128, 128]);

/** A model on two threads whose workers this file can reach. */
async function reachableModel(): Promise<BeitForImageClassification> {
  threads.length = 0;
  const own = platform.threads as { start: StartThread };
  own.start = capturing;
  try {
    return await BeitForImageClassification.fromConfig(config, { threads: 3 });
  } finally {
    own.start = start;
  }
}

/** A signal that ends `thread` when it is looked at for the `look`th time: there in the pass, however long that takes. */
function endingAt(look: number, thread: Thread): AbortSignal {
  let looks = 0;
  return Object.defineProperty(new AbortController().signal, 'aborted', {
    get: () => {
      if (++looks === look) void thread.terminate();
      return false;
    },
  });
}

async function newPool(startThread: StartThread, fallBackToOneThread = false, silentMs = 30_000) {
  const memory = sharedMemory();
  memory.grow(1);
  const module = await platform.core('core.strict.threads.wasm');
  const kernels = instantiateShared(module, memory);
  const parts = { module, memory, kernels, startThread, threads: 2, cores: 2, fallBackToOneThread, silentMs };
  const pool = new ThreadPool(parts);
  return { pool, memory };
}

/** The pass of a model whose worker is killed: its logits, or null after the error that says so. */
async function rightOrFailed(pass: Promise<{ logits: Tensor }>): Promise<Tensor | null> {
  try {
    return (await pass).logits;
  } catch (error) {
    const { code, message } = error as BeitError;
    assert.is(code, 'WorkerFailed');
    // what a leader says that was told of nothing, after a second or more
    assert.not.match(message, 'does not answer');
    return null;
  }
}

test('a worker killed during a pass rejects it without waiting for a time-out, unless the leader computes alone; the next is right', async () => {
  using model = await reachableModel();
  const before = await model.forward({ pixelValues });
  for (let round = 0; round < 4; round++) {
    const signal = endingAt(4 + round, threads.at(-1 - (round % 2))!);
    const passes = [model.forward({ pixelValues, signal }), model.forward({ pixelValues })];
    const logits = await rightOrFailed(passes[0]);
    if (logits) assert.equal(logits, before.logits);
    assert.equal((await passes[1]).logits, before.logits);
  }
  assert.equal((await model.forward({ pixelValues })).logits, before.logits);
});

test('a worker killed between passes is brought back', async () => {
  using model = await reachableModel();
  const before = await model.forward({ pixelValues });
  const count = threads.length;
  await threads[0].terminate();
  assert.equal((await model.forward({ pixelValues })).logits, before.logits);
  assert.is(threads.length, 2 * count);
});

test('an exception in a worker is reported, and the pool recovers', async () => {
  const { pool, memory } = await newPool(start);
  await pool.ready();
  const top = memory.buffer.byteLength - 16 * 4;
  // 16 rows of one float fit, the second half does not
  await refused(() => pool.run('copy_rows', 32, [top, 1, 4096, 0, 1]), 'WorkerFailed');
  await refused(() => pool.check(), 'WorkerFailed');
  await pool.ready();
  new Float32Array(memory.buffer, 4096, 1)[0] = 7;
  pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]);
  assert.equal(new Float32Array(memory.buffer, 8192, 33), new Float32Array(33).fill(7, 0, 32));
  pool.dispose();
});

test('a worker that never answers is given up', async () => {
  const silent: StartThread = (_, { ready }) => {
    queueMicrotask(ready);
    return { go: () => {}, alive: () => undefined, terminate: async () => {} };
  };
  const { pool } = await newPool(silent, false, 200);
  await pool.ready();
  await refused(() => pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]), 'WorkerFailed', /it does not answer/);
  pool.dispose();
});

test('a worker that is known to be dead is not waited for', async () => {
  const dead: StartThread = (_, { ready }) => {
    queueMicrotask(ready);
    return { go: () => {}, alive: () => false, terminate: async () => {} };
  };
  const { pool } = await newPool(dead);
  await pool.ready();
  await refused(() => pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]), 'WorkerFailed', /it was terminated/);
  pool.dispose();
});

test('a worker that is known to be alive is waited for, however long it takes', async () => {
  let looks = 0;
  const starved: StartThread = (threadStart, { ready }) => {
    queueMicrotask(ready);
    const alive = () => {
      // it gets no processor for twice the limit, then it finishes its part
      if (++looks === 20) {
        const control = new Control(2, threadStart.control);
        control.finish();
      }
      return true;
    };
    return { go: () => {}, alive, terminate: async () => {} };
  };
  const { pool } = await newPool(starved, false, 200);
  await pool.ready();
  pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]);
  assert.is(looks, 20);
  pool.dispose();
});

test('after a worker that came far too late the leader computes alone for a while', async () => {
  const { now } = performance;
  let [clock, commands] = [0, 0]; // milliseconds
  const late: StartThread = (threadStart, { ready }) => {
    queueMicrotask(ready);
    const alive = () => {
      commands++;
      clock += 100;
      new Control(2, threadStart.control).finish();
      return true;
    };
    return { go: () => {}, alive, terminate: async () => {} };
  };
  const { pool, memory } = await newPool(late);
  await pool.ready();
  new Float32Array(memory.buffer, 4096, 1)[0] = 7;
  const copied = () => {
    const rows = new Float32Array(memory.buffer, 8192, 32).fill(0);
    pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]);
    return rows.filter((value) => value === 7).length;
  };
  performance.now = () => (clock += 0.01);
  try {
    assert.equal([copied(), commands], [16, 1]); // the worker of this test does nothing
    for (let i = 0; i < 9; i++, clock += 100) assert.equal([copied(), commands], [32, 1]);
    clock += 200;
    assert.equal([copied(), commands], [16, 2]);
  } finally {
    performance.now = now;
    pool.dispose();
  }
});

test('workers that cannot start: an error, or the leader alone', async () => {
  const refusing: StartThread = (_, { failed }) => {
    queueMicrotask(() => failed(new Error('no script')));
    return { go: () => {}, alive: () => false, terminate: async () => {} };
  };
  const strict = await newPool(refusing);
  await refused(() => strict.pool.ready(), 'WorkerFailed');
  const { pool, memory } = await newPool(refusing, true);
  await pool.ready();
  await pool.ready();
  assert.match(pool.fallbackReason, 'no script');
  new Float32Array(memory.buffer, 4096, 1)[0] = 3;
  pool.run('copy_rows', 64, [8192, 1, 4096, 0, 1]);
  assert.is(new Float32Array(memory.buffer, 8192, 64)[63], 3);
  pool.dispose();
});

test('a disposed pool stays disposed', async () => {
  const { pool } = await newPool(start);
  await pool.ready();
  pool.dispose();
  await refused(() => pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]), 'Disposed');
  await refused(() => pool.ready(), 'Disposed');
});

test.run();
