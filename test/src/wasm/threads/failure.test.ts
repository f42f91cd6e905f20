import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { BeitError, type ErrorCode } from '../../../../src/errors.ts';
import { BeitConfig } from '../../../../src/model/beit/config.ts';
import { BeitForImageClassification } from '../../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../../src/tensor.ts';
import { instantiateShared, sharedMemory } from '../../../../src/wasm/core.ts';
import type { StartThread, Thread } from '../../../../src/wasm/threads/thread.ts';
import { ThreadPool } from '../../../../src/wasm/threads/threadPool.ts';

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

async function errorOf(action: () => unknown): Promise<BeitError | undefined> {
  try {
    await action();
  } catch (error) {
    assert.instance(error, BeitError);
    return error as BeitError;
  }
}

const codeOf = async (action: () => unknown): Promise<ErrorCode | undefined> => (await errorOf(action))?.code;

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function newPool(startThread: StartThread, orElseAlone = false) {
  const memory = sharedMemory();
  memory.grow(1);
  const module = await platform.core('core.strict.threads.wasm');
  const kernels = instantiateShared(module, memory);
  const pool = new ThreadPool({ module, memory, kernels, startThread, threads: 2, cores: 2, orElseAlone });
  return { pool, memory };
}

test('a worker killed during a pass rejects it without waiting for a time-out, and the next pass is right', async () => {
  using model = await reachableModel();
  const before = await model.forward({ pixelValues });
  for (let round = 0; round < 4; round++) {
    const passes = [model.forward({ pixelValues }), model.forward({ pixelValues })];
    await later(5 + round);
    void threads.at(-1 - (round % 2))!.terminate();
    const error = await errorOf(() => passes[0]);
    assert.is(error?.code, 'WorkerFailed');
    // what a leader says that was told of nothing, after a second or more
    assert.not.match(error?.message ?? '', 'does not answer');
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
  assert.is(await codeOf(() => pool.run('copy_rows', 32, [top, 1, 4096, 0, 1])), 'WorkerFailed');
  assert.is(await codeOf(() => pool.check()), 'WorkerFailed');
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
  const { pool } = await newPool(silent);
  await pool.ready();
  const error = await errorOf(() => pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1]));
  assert.is(error?.code, 'WorkerFailed');
  assert.match(error?.message ?? '', 'it does not answer');
  pool.dispose();
});

test('workers that cannot start: an error, or the leader alone', async () => {
  const refusing: StartThread = (_, { failed }) => {
    queueMicrotask(() => failed(new Error('no script')));
    return { go: () => {}, alive: () => false, terminate: async () => {} };
  };
  const strict = await newPool(refusing);
  assert.is(await codeOf(() => strict.pool.ready()), 'WorkerFailed');
  const { pool, memory } = await newPool(refusing, true);
  await pool.ready();
  await pool.ready();
  assert.match(pool.aloneBecause, 'no script');
  new Float32Array(memory.buffer, 4096, 1)[0] = 3;
  pool.run('copy_rows', 64, [8192, 1, 4096, 0, 1]);
  assert.is(new Float32Array(memory.buffer, 8192, 64)[63], 3);
  pool.dispose();
});

test('a disposed pool stays disposed', async () => {
  const { pool } = await newPool(start);
  await pool.ready();
  pool.dispose();
  assert.is(await codeOf(() => pool.run('copy_rows', 32, [8192, 1, 4096, 0, 1])), 'Disposed');
  assert.is(await codeOf(() => pool.ready()), 'Disposed');
});

test.run();
