import { readFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { RemoteModel } from '../../../src/hosting/remoteModel.ts';
import { serveModel } from '../../../src/hosting/serveModel.ts';
import type { ModelSource, ProgressEvent } from '../../../src/loading/source.ts';
import type { Architecture } from '../../../src/model/beit/architecture.ts';
import { architectureNamed } from '../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { bodyArchitecture } from '../../../src/model/beit/heads/body.ts';
import { classificationArchitecture } from '../../../src/model/beit/heads/classification.ts';
import { segmentationArchitecture } from '../../../src/model/beit/heads/segmentation/segmentation.ts';
import type { Port, StartModelWorker } from '../../../src/platform/modelWorker.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { refused } from '../refused.ts';

const test = suite('hosting/remoteModel');

const FOLDER = 'fixtures/beit-digits';
const bytes = {
  'config.json': new Uint8Array(readFileSync(`${FOLDER}/config.json`)),
  'model.safetensors': new Uint8Array(readFileSync(`${FOLDER}/model.safetensors`)),
};
const classification = classificationArchitecture as Architecture;
let fail: (cause: unknown) => void;
let [started, alive] = [0, 0];

/** A worker's message port without the worker: both ends on this thread, everything cloned as between two. */
const start: StartModelWorker = (onFailure) => {
  const { port1, port2 } = new MessageChannel();
  fail = onFailure;
  started++;
  alive++;
  serveModel(port2 as unknown as Port);
  const terminate = () => {
    alive--;
    port1.close();
  };
  return { port: port1 as unknown as Port, terminate };
};

async function remoteDigits(source: ModelSource = FOLDER, options = {}): Promise<BeitForImageClassification> {
  const remote = await RemoteModel.start(start, platform.threads.start);
  try {
    await remote.load(source, classification, { threads: 1, ...options });
    return new BeitForImageClassification(remote);
  } catch (error) {
    remote.dispose();
    throw error;
  }
}

const local = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
const { height, width } = local.config.nativeSize;
const data = Float32Array.from({ length: local.config.numChannels * height * width }, (_, i) => (i % 17) / 8 - 1);
const pixelValues = new Tensor('float32', data, [1, local.config.numChannels, height, width]);
const expected = await local.forward({ pixelValues, outputHiddenStates: true });

test('a model behind messages gives the same bits, from every kind of source', async () => {
  const blobs = Object.fromEntries(Object.entries(bytes).map(([name, part]) => [name, new Blob([part])]));
  for (const source of [FOLDER, `${FOLDER}/model.safetensors`, bytes, blobs, filesOf(bytes)]) {
    using model = await remoteDigits(source);
    const { logits, hiddenStates } = await model.forward({ pixelValues, outputHiddenStates: true });
    assert.equal(logits, expected.logits);
    assert.equal(hiddenStates, expected.hiddenStates);
    assert.equal(model.config.toJSON(), local.config.toJSON());
    assert.is(model.memory, local.memory);
    assert.equal(model.engine, local.engine);
  }
  assert.is(
    bytes['model.safetensors'].length > 0 && pixelValues.data.length > 0,
    true,
    'nothing of the caller is taken',
  );
});

test('its threads are started by the page, and give the same bits', async () => {
  for (const threads of [2, 3]) {
    using model = await remoteDigits(FOLDER, { threads });
    assert.is(model.engine.threads, threads);
    const { logits, hiddenStates } = await model.forward({ pixelValues, outputHiddenStates: true });
    assert.equal([logits, hiddenStates], [expected.logits, expected.hiddenStates]);
  }
});

test('progress crosses in order, errors keep their code and cause', async () => {
  const events: ProgressEvent[] = [];
  using model = await remoteDigits(FOLDER, { onProgress: (event: ProgressEvent) => events.push(event) });
  assert.is(events[0].status, 'initiate');
  assert.is(events.at(-1)!.status, 'ready');
  assert.equal([events.at(-2)!.status, events.at(-2)!.progress], ['done', 100]);
  assert.ok(events.filter(({ status }) => status === 'progress').length > 10);
  const missing = await refused(() => remoteDigits('no/such/folder'));
  assert.is(missing.code, 'FileNotFound');
  const torn = { ...bytes, 'model.safetensors': bytes['model.safetensors'].slice(0, 1000) };
  assert.is((await refused(() => remoteDigits(torn))).code, 'InvalidCheckpoint');
  const flawed = pixelValues.data.slice().fill(Number.NaN);
  const wrong = new Tensor('float32', flawed, pixelValues.dims);
  assert.is((await refused(() => model.forward({ pixelValues: wrong }))).code, 'InvalidArgument');
});

test('warnings cross', async () => {
  const warnings: string[] = [];
  const bytes = readFileSync(`${FOLDER}/model.safetensors`);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<string, unknown>;
  const names = Object.entries(header).map(([name, entry]) => [name === '__metadata__' ? name : `net.${name}`, entry]);
  const text = Buffer.from(JSON.stringify(Object.fromEntries(names)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const weights = new Uint8Array(Buffer.concat([size, text, bytes.subarray(8 + length)]));
  const files = { 'config.json': new Uint8Array(readFileSync(`${FOLDER}/config.json`)), 'model.safetensors': weights };
  using model = await remoteDigits(files, { onWarning: (warning: string) => warnings.push(warning) });
  assert.is(model.config.numLabels, 10);
  assert.match(warnings.join(), /The prefix "net\." was taken off/);
});

test('an abort crosses, before and during a call', async () => {
  assert.is((await refused(() => remoteDigits(FOLDER, { signal: AbortSignal.abort() }))).code, 'Aborted');
  using model = await remoteDigits();
  const controller = new AbortController();
  const { signal } = controller;
  const dims = [64, ...pixelValues.dims.slice(1)];
  const many = new Tensor('float32', new Float32Array(64 * data.length), dims);
  const pass = refused(() => model.forward({ pixelValues: many, signal }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();
  assert.is((await pass).code, 'Aborted');
  assert.equal((await model.forward({ pixelValues })).logits, expected.logits);
});

test('a hosted model saves through the page', async () => {
  using model = await remoteDigits();
  const saved = new Map<string, number[]>();
  const names = await model.savePretrained((name) => {
    const content: number[] = [];
    return {
      write: (chunk) => {
        content.push(...chunk);
      },
      close: () => void saved.set(name, content),
    };
  });
  assert.equal(names, [...saved.keys()]);
  const record = Object.fromEntries([...saved].map(([name, content]) => [name, Uint8Array.from(content)]));
  using again = await BeitForImageClassification.fromPretrained(record, { threads: 1 });
  assert.equal((await again.forward({ pixelValues })).logits, expected.logits);
});

test('a signal reaches the worker that saves', async () => {
  using model = await remoteDigits();
  const controller = new AbortController();
  const create = (name: string) => ({ write: () => void (name !== 'config.json' && controller.abort()), close() {} });
  await refused(() => model.savePretrained(create, { signal: controller.signal }), 'Aborted');
  assert.equal((await model.forward({ pixelValues })).logits, expected.logits);
});

test('when the worker dies, what is pending is rejected, and the next call loads again in another', async () => {
  const blobs = Object.fromEntries(Object.entries(bytes).map(([name, part]) => [name, new Blob([part])]));
  for (const source of [FOLDER, blobs, filesOf(bytes)]) {
    using model = await remoteDigits(source);
    const count = started;
    const pending = [refused(() => model.forward({ pixelValues })), refused(() => model.forward({ pixelValues }))];
    await new Promise((resolve) => setTimeout(resolve));
    fail('out of memory');
    for (const error of await Promise.all(pending)) {
      assert.is(error.code, 'WorkerFailed');
      assert.match(error.message, 'out of memory');
    }
    const both = await Promise.all([model.forward({ pixelValues }), model.forward({ pixelValues })]);
    assert.equal(
      both.map(({ logits }) => logits),
      [expected.logits, expected.logits],
    );
    assert.is(started, count + 1, 'calls at once share one worker');
    fail('again');
    assert.equal((await model.forward({ pixelValues })).logits, expected.logits);
  }
});

test('a model of random weights is made again with the same bits', async () => {
  const remote = await RemoteModel.start(start, null);
  const config = new BeitConfig({ hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8 });
  await remote.load(null, classification, { config, threads: 1, seed: 5 });
  using model = new BeitForImageClassification(remote);
  const input = new Tensor('float32', new Float32Array(3 * 224 * 224).fill(0.5), [1, 3, 224, 224]);
  const { logits } = await model.forward({ pixelValues: input });
  fail('out of memory');
  assert.equal((await model.forward({ pixelValues: input })).logits, logits);
});

test('bytes are not kept: the model says that it must be loaded again', async () => {
  for (const source of [bytes, bytes['model.safetensors']]) {
    using model = await remoteDigits(source, { config: local.config });
    fail('out of memory');
    for (let i = 0; i < 2; i++) {
      const error = await refused(() => model.forward({ pixelValues }));
      assert.is(error.code, 'WorkerFailed');
      assert.match(error.message, 'load it again');
    }
    model.dispose();
    assert.is((await refused(() => model.forward({ pixelValues }))).code, 'Disposed');
  }
});

test('loading again may fail, and is tried anew by the call after', async () => {
  let there = true;
  const files = filesOf(bytes);
  using model = await remoteDigits({ open: async (name) => (there ? files.open(name) : null) });
  there = false;
  fail('out of memory');
  assert.is((await refused(() => model.forward({ pixelValues }))).code, 'FileNotFound');
  there = true;
  assert.equal((await model.forward({ pixelValues })).logits, expected.logits);
});

test('a model that is disposed of while it loads again leaves no worker behind', async () => {
  const model = await remoteDigits();
  fail('out of memory');
  const pending = refused(() => model.forward({ pixelValues }));
  model.dispose();
  assert.is((await pending).code, 'Disposed');
  // time for one to come up, and then all it takes to go: a worker that stays is met by the runner's limit
  await new Promise((resolve) => setTimeout(resolve, 500));
  while (alive > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('disposing rejects what is pending', async () => {
  const model = await remoteDigits();
  const pending = refused(() => model.forward({ pixelValues }));
  model.dispose();
  assert.is((await pending).code, 'Disposed');
});

test('architectures cross by name and variant', async () => {
  const all = [bodyArchitecture(true), bodyArchitecture(false), classification, segmentationArchitecture('unilm')];
  for (const { name, variant } of all as Architecture[]) {
    const again = await architectureNamed(name, variant);
    assert.equal([again.name, again.variant], [name, variant]);
  }
  await refused(() => architectureNamed('BeitForPoetry'), 'InvalidConfig', /Unknown architecture/);
});

test.after(() => local.dispose());
test('files that can be opened in the worker are opened there, at the revision that the page reads', async () => {
  let opened = 0;
  const files = { ...filesOf(bytes), origin: async () => ({ source: FOLDER, revision: 'main' }) };
  const open = async (name: string) => {
    opened++;
    return filesOf(bytes).open(name);
  };
  const model = await remoteDigits({ ...files, open });
  assert.equal((await model.forward({ pixelValues })).logits, (await local.forward({ pixelValues })).logits);
  assert.is(opened, 0);
  model.dispose();
  const here = await remoteDigits({ ...files, open }, { fetch });
  assert.ok(opened > 0, 'a function to fetch with cannot be sent');
  here.dispose();
});

test('progress is reported once: by files that report it, else by the load', async () => {
  for (const reportsProgress of [true, false]) {
    const events: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent) => void events.push(event);
    const model = await remoteDigits({ ...filesOf(bytes), reportsProgress }, { onProgress });
    assert.equal(
      events.some(({ status }) => status === 'progress'),
      !reportsProgress,
    );
    assert.is(events.at(-1)!.status, 'ready');
    model.dispose();
  }
});

test.run();
