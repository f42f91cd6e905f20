import { readFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ImageTaskName, imageTasks, runImageTask } from '../../../src/hosting/imageTasks.ts';
import { RemoteModel } from '../../../src/hosting/remoteModel.ts';
import { serveModel } from '../../../src/hosting/serveModel.ts';
import { BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { bodyArchitecture } from '../../../src/model/beit/heads/body.ts';
import type { Port, StartModelWorker } from '../../../src/platform/modelWorker.ts';
import { Tensor } from '../../../src/tensor.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('hosting/imageTasks');

const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const file = (name: string) => new Uint8Array(readFileSync(name));
const scan = file(SCAN);
const processor = new BeitImageProcessor({ size: [20, 30], doCenterCrop: true, cropSize: 16, imageMean: 0.3 }).toJSON();
const raw = (width: number, height: number, channels: number, Bytes: typeof Uint8Array | typeof Uint8ClampedArray) => ({
  data: new Bytes(randomFloats(width * height * channels, width).map((x) => 128 + 127 * x)),
  width,
  height,
});

/** A worker's message port without the worker: both ends on this thread, everything cloned as between two. */
const start: StartModelWorker = () => {
  const { port1, port2 } = new MessageChannel();
  serveModel(port2 as unknown as Port);
  return { port: port1 as unknown as Port, terminate: () => port1.close() };
};
const config = new BeitConfig({ hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8 });
const remote = await RemoteModel.start(start, null);
await remote.load(null, bodyArchitecture(true), { config, threads: 1 });
test.after(() => remote.dispose());

test('every kind of picture is prepared there with the same bits, and nothing of the caller is taken', async () => {
  const padded = new Uint8Array(5 * scan.length).fill(9);
  padded.set(scan, scan.length);
  const pictures = [
    scan,
    padded.subarray(scan.length, 2 * scan.length),
    scan.slice().buffer,
    new Blob([scan]),
    file('fixtures/base224/picture.png'),
    raw(40, 31, 4, Uint8ClampedArray),
    raw(2100, 1500, 3, Uint8Array), // more than one strip
    { ...raw(7, 9, 1, Uint8Array), channels: 1 },
  ];
  const here = await runImageTask('preprocess', { processor, pictures });
  const before = pictures.map((picture) => structuredClone(picture));
  const there = await remote.runImageTask('preprocess', { processor, pictures });
  assert.equal(there, here);
  assert.instance(there.pixelValues, Tensor);
  assert.equal(there.pixelValues.dims, [8, 3, 16, 16]);
  assert.equal(there.originalSizes.slice(5), [
    [31, 40],
    [1500, 2100],
    [9, 7],
  ]);
  assert.equal(pictures, before);
});

test('what is no picture is refused as it is here', async () => {
  const wrong: readonly unknown[] = [
    scan.slice(0, 60),
    new TextEncoder().encode('GIF89a______'),
    new Uint8Array(0),
    { data: new Int8Array(12), width: 2, height: 2 },
    { data: new Uint8Array(12), width: 3, height: 3 },
    { data: () => 0, width: 2, height: 2 },
    () => scan,
    null,
    7,
    {},
  ];
  for (const picture of wrong) {
    const input = { processor, pictures: [picture as Uint8Array] };
    const expected = await runImageTask('preprocess', input).then(
      () => assert.unreachable(),
      (error) => error,
    );
    const error = await refused(() => remote.runImageTask('preprocess', input), expected.code);
    assert.is(error.message, expected.message);
  }
  await refused(() => remote.runImageTask('preprocess', { processor, pictures: [] }), 'InvalidArgument', /got none/);
  await refused(
    () => remote.runImageTask('preprocess', { processor: { size: -1 }, pictures: [scan] }),
    'InvalidConfig',
  );
});

test('an abort is heard between two pictures, here and there', async () => {
  const pictures = new Array(400).fill(scan);
  for (const run of [
    runImageTask<'preprocess'>,
    remote.runImageTask.bind(remote),
  ] as (typeof runImageTask<'preprocess'>)[]) {
    const controller = new AbortController();
    const work = run('preprocess', { processor, pictures }, controller.signal);
    setTimeout(() => controller.abort(), 5);
    await refused(() => work, 'Aborted');
    await refused(() => run('preprocess', { processor, pictures: [scan] }, AbortSignal.abort()), 'Aborted');
  }
});

test('what comes after a pass is the same there', async () => {
  const logits = new Tensor('float32', randomFloats(2 * 5 * 4 * 3, 1), [2, 5, 4, 3]);
  const sizes = [
    [17, 11],
    [8, 30],
  ] as const;
  const labels = ['a', 'b', 'c', 'd', 'e'].map((label) => ({ label }));
  const tokens = { logits: new Tensor('float32', randomFloats(6 * 50, 2), [1, 6, 50]), grid: [2, 3] as const };
  const inputs = { segment: { logits, sizes }, segments: { logits, sizes, labels }, visualTokens: tokens };
  for (const [name, input] of Object.entries(inputs) as [ImageTaskName, never][]) {
    assert.equal(await remote.runImageTask(name, input), await runImageTask(name, input), name);
  }
  assert.equal(logits.dims, [2, 5, 4, 3]);
  assert.is(logits.data.length, 120, 'nothing of the caller is taken');
  await refused(() => remote.runImageTask('segment', { logits, sizes: [[1, 1]] }), 'InvalidArgument', /2 target sizes/);
});

test('visual tokens are the largest logits, the first of equals', () => {
  const { tokens, scores } = imageTasks.visualTokens({
    logits: new Tensor('float32', new Float32Array([0, 9, 0, 5, 5, -100]), [1, 2, 3]),
    grid: [1, 2],
  });
  assert.equal(
    [tokens.dims, [...tokens.data]],
    [
      [1, 2],
      [1, 0],
    ],
  );
  assert.ok(Math.abs(scores.data[0] - Math.exp(9) / (Math.exp(9) + 2)) < 1e-7);
  assert.is(scores.data[1], 0.5);
});

test.run();
