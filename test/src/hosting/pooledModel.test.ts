import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MessageChannel, Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startModelWorker } from '#modelWorker';
import { platform } from '#platform';
import { PooledModel } from '../../../src/hosting/pooledModel.ts';
import { serveModel } from '../../../src/hosting/serveModel.ts';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import type { ModelSource } from '../../../src/loading/source.ts';
import type { Architecture } from '../../../src/model/beit/architecture.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { classificationArchitecture } from '../../../src/model/beit/heads/classification.ts';
import type { Port, StartModelWorker } from '../../../src/platform/modelWorker.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForSemanticSegmentation } from '../../../src/pretrained/beitForSemanticSegmentation.ts';
import { memoryPlan } from '../../../src/pretrained/memoryPlan.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('hosting/pooledModel');

const FOLDER = 'fixtures/beit-digits';
const bytes = {
  'config.json': new Uint8Array(readFileSync(`${FOLDER}/config.json`)),
  'model.safetensors': new Uint8Array(readFileSync(`${FOLDER}/model.safetensors`)),
};
const architecture = classificationArchitecture as Architecture;

/** A worker's message port without the worker: both ends on this thread, everything cloned as between two. */
const start: StartModelWorker = () => {
  const { port1, port2 } = new MessageChannel();
  serveModel(port2 as unknown as Port);
  return { port: port1 as unknown as Port, terminate: () => port1.close() };
};

async function pool(options: LoadOptions, source: ModelSource = FOLDER): Promise<BeitForImageClassification> {
  return new BeitForImageClassification(
    await PooledModel.open(start, platform.threads.start, source, architecture, options),
  );
}

const local = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
const { height, width } = local.config.nativeSize;
const channels = local.config.numChannels;

/** A batch of another size for every number. */
function batchOf(images: number, h = height, w = width): Tensor {
  const data = Float32Array.from({ length: images * channels * h * w }, (_, i) => ((i * 31 + images) % 17) / 8 - 1);
  return new Tensor('float32', data, [images, channels, h, w]);
}

const batches = [1, 2, 3, 5, 1, 7].map((images) => batchOf(images));
const expected: Tensor[] = [];
for (const pixelValues of batches) expected.push((await local.forward({ pixelValues })).logits);

async function logitsOf(model: BeitForImageClassification): Promise<Tensor[]> {
  return Promise.all(batches.map(async (pixelValues) => (await model.forward({ pixelValues })).logits));
}

test('passes side by side over one copy of the weights have the bits of one alone', async () => {
  for (const [workers, threads] of [
    [1, 1],
    [2, 1],
    [3, 1],
    [2, 2],
    [2, 3],
  ]) {
    using model = await pool({ workers, threads });
    assert.is(model.engine.threads, threads);
    assert.is(model.engine.sharedMemory, true);
    for (let round = 0; round < 3; round++) assert.equal(await logitsOf(model), expected, `${workers} × ${threads}`);
  }
});

test('memoryPlan tells the bytes of all workers, and weights are there once', async () => {
  const plan = (workers: number) => memoryPlan(local.config, 'BeitForImageClassification', { workers, threads: 1 });
  const [one, two, three] = [await plan(1), await plan(2), await plan(3)];
  assert.equal([one.weights, two.weights], [three.weights, three.weights]);
  assert.is(two.total - one.total, three.total - two.total);
  for (const [workers, { total }] of [one, two, three].entries()) {
    using model = await pool({ workers: workers + 1, threads: 1 });
    assert.is(model.memory, total);
    await Promise.all(batches.map(() => model.forward({ pixelValues: batches[0] })));
    assert.is(model.memory, total);
  }
  using model = await pool({ workers: 2, threads: 1 });
  for (let round = 0; round < 4; round++) await logitsOf(model);
  const after = model.memory;
  for (let round = 0; round < 4; round++) await logitsOf(model);
  assert.is(model.memory, after, 'regions do not move on for ever');
});

test('q8 and q4 weights, and other sizes of pictures, are shared too', async () => {
  for (const dtype of ['f16', 'q8', 'q4'] as const) {
    using alone = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1, dtype });
    using model = await pool({ workers: 2, threads: 1, dtype });
    const shapes = [batchOf(1), batchOf(2, height * 2, width), batchOf(1, height, width * 3)];
    const both = await Promise.all(shapes.map((pixelValues) => model.forward({ pixelValues })));
    for (const [i, pixelValues] of shapes.entries()) {
      assert.equal(both[i].logits, (await alone.forward({ pixelValues })).logits);
    }
  }
});

test('a worker that terminates costs its pass alone, and the next has the weights at once', async () => {
  const ends: (() => void)[] = [];
  const mortal: StartModelWorker = (onFailure) => {
    const worker = startModelWorker!(onFailure);
    ends.push(() => {
      void worker.terminate();
      onFailure('gone');
    });
    return worker;
  };
  // loaded from bytes that are not kept: the weights are in memory all the same
  const options = { workers: 2, threads: 2 };
  using model = new BeitForImageClassification(
    await PooledModel.open(mortal, platform.threads.start, bytes, architecture, options),
  );
  for (const last of [false, true, true]) {
    const passes = [batches[3], batches[4], batches[3], batches[4]].map((pixelValues) =>
      model.forward({ pixelValues }),
    );
    const outcomes = Promise.allSettled(passes);
    await new Promise((resolve) => setTimeout(resolve));
    ends[last ? ends.length - 1 : 0]();
    const lost = (await outcomes).filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    assert.is(lost.length, 1);
    assert.is(lost[0].reason.code, 'WorkerFailed');
    assert.match(lost[0].reason.message, /gone/);
    const before = model.memory;
    assert.equal(await logitsOf(model), expected);
    assert.ok(model.memory <= 2 * before);
  }
  assert.is(ends.length, 5, 'each was replaced');
});

test('what waits can be aborted; what waits when the model is disposed of is rejected', async () => {
  const model = await pool({ workers: 1, threads: 1 });
  const controller = new AbortController();
  const first = model.forward({ pixelValues: batches[5] });
  const second = refused(model.forward({ pixelValues: batches[0], signal: controller.signal }), 'Aborted');
  const third = model.forward({ pixelValues: batches[1] });
  const many = Array.from({ length: 3 }, () => refused(model.forward({ pixelValues: batches[2] }), 'Disposed'));
  await new Promise((resolve) => setTimeout(resolve));
  controller.abort();
  await second;
  assert.equal((await first).logits, expected[5]);
  assert.equal((await third).logits, expected[1]);
  model.dispose();
  await Promise.all(many);
  await refused(model.forward({ pixelValues: batches[2] }), 'Disposed');
});

test('a shared model saves what it loaded', async () => {
  using model = await pool({ workers: 2, threads: 1 });
  const save = async (from: BeitForImageClassification) => {
    const saved: number[] = [];
    await from.savePretrained(() => ({ write: (chunk) => void saved.push(...chunk), close: () => {} }));
    return Uint8Array.from(saved);
  };
  const [a, b] = await Promise.all([save(model), save(model)]);
  assert.equal([a, b], [await save(local), a]);
});

/** The 99th percentile of how late timers of this thread are while `work` goes on; unit: milliseconds. */
async function delayDuring(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await work();
  delay.disable();
  return delay.percentile(99) / 1e6 - 5;
}

/** As much work as the passes, by threads that do nothing for this one. */
async function busyThreads(count: number, milliseconds: number): Promise<void> {
  const code = 'const end = Date.now() + require("node:worker_threads").workerData; while (Date.now() < end);';
  const workers = Array.from({ length: count }, () => new Worker(code, { eval: true, workerData: milliseconds }));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
}

test('timers of the main thread are not later than with other busy threads', async () => {
  const config = new BeitConfig({ hiddenSize: 192, intermediateSize: 768, numAttentionHeads: 3 });
  using model = await BeitForImageClassification.fromConfig(config, { workers: 2, threads: 1 });
  const pixelValues = batchOf(4, 224, 224);
  const startedAt = performance.now();
  const late = await delayDuring(() => Promise.all([1, 2, 3].map(() => model.forward({ pixelValues }))));
  const took = performance.now() - startedAt;
  const usual = await delayDuring(() => busyThreads(2, took));
  console.log(`      ${took.toFixed(0)} ms of passes: timers ${late.toFixed(1)} ms late, else ${usual.toFixed(1)} ms`);
  // a pass that held this thread would make them late by its length, hundreds of milliseconds
  assert.ok(late <= 20 + 3 * usual, `${late} ms late, with other busy threads ${usual} ms`);
});

test('options that cannot be are rejected', async () => {
  const open = (options: LoadOptions) => BeitForImageClassification.fromPretrained(FOLDER, options);
  for (const workers of [0, -1, 1.5, 65, '2' as never]) {
    await refused(open({ workers }), 'InvalidArgument', /^Invalid workers: expected an integer of 1 to 64/);
  }
  await refused(open({ workers: 2, worker: false }), 'InvalidArgument', /worker: false/);
  await refused(open({ workers: 2, device: 'webgpu' }), 'InvalidArgument', /webgpu/);
  await refused(pool({ workers: 2 }, 'no/such/folder'), 'FileNotFound');
});

test('in worker threads, also with a head that has maps', async () => {
  const folder = 'fixtures/models/seg';
  using alone = await BeitForSemanticSegmentation.fromPretrained(folder, { threads: 1 });
  using model = await BeitForSemanticSegmentation.fromPretrained(folder, { workers: 2, threads: 2 });
  const size = alone.config.nativeSize;
  const pixelValues = batchOf(2, size.height, size.width);
  const passes = await Promise.all([1, 2, 3, 4].map(() => model.forward({ pixelValues })));
  const { logits } = await alone.forward({ pixelValues });
  for (const pass of passes) assert.equal(pass.logits, logits);
});

test.run();
