import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalModel } from '../../../src/hosting/localModel.ts';
import { createModelFrom, openModel, startRemote } from '../../../src/hosting/openModel.ts';
import { serveModel } from '../../../src/hosting/serveModel.ts';
import { architectureNamed } from '../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import type { StartModelWorker } from '../../../src/platform/modelWorker.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';
import { ports } from './ports.ts';

const test = suite('hosting/openModel');
const FOLDER = 'fixtures/models/cls';
const config = new BeitConfig({
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 8,
  imageSize: 32,
});
const classification = await architectureNamed('BeitForImageClassification');

/** A worker that never came up, and whether it was ended. */
function brokenWorker() {
  const seen = { ended: 0 };
  const start: StartModelWorker = (onFailure) => {
    queueMicrotask(() => onFailure('blocked by the content security policy'));
    const { here, close } = ports();
    const terminate = () => {
      seen.ended++;
      close();
    };
    return { port: here, terminate };
  };
  return { start, seen };
}

test('a worker that cannot start: an error when it was asked for, the calling thread otherwise', async () => {
  const { start, seen } = brokenWorker();
  await refused(startRemote(true, start), 'WorkerFailed', /content security policy/);
  assert.is(await startRemote(undefined, start, true), null);
  assert.is(seen.ended, 2, 'and nothing of it is left');
});

test('a worker that was not wanted is not started, one that cannot be had is an error', async () => {
  const start: StartModelWorker = () => {
    throw new Error('it was started');
  };
  assert.is(await startRemote(false, start), null);
  assert.is(await startRemote(undefined, null), null);
  await refused(startRemote(true, null), 'UnsupportedRuntime', /Cannot keep the model in a worker/);
});

test('in Node a model lives in a worker when it is asked for: the same bits, and the event loop turns', async () => {
  const pixelValues = new Tensor(
    'float32',
    Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i)),
    [1, 3, 32, 32],
  );
  const here = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
  const there = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1, worker: true });
  const expected = await here.forward({ pixelValues });
  const { logits } = await there.forward({ pixelValues });
  assert.equal([...logits.data], [...expected.logits.data]);
  await refused(there.forward({ pixelValues, signal: AbortSignal.abort() }), 'Aborted');
  here.dispose();
  there.dispose();
});

test('a worker that comes up is what the model will live in, and ends with it', async () => {
  let ended: () => void;
  const end = new Promise<void>((done) => {
    ended = done;
  });
  const remote = await startRemote(true, () => {
    const { here, there, close } = ports();
    serveModel(there);
    const terminate = () => {
      close();
      ended();
    };
    return { port: here, terminate };
  });
  await remote!.load(null, classification, { config, threads: 1 });
  assert.equal(remote!.config.toJSON(), config.toJSON());
  remote!.dispose();
  await end;
});

test('here models live on the calling thread, from a source or from nothing', async () => {
  const opened = await openModel(FOLDER, classification, { threads: 1 });
  assert.instance(opened, LocalModel);
  assert.equal([opened.engine.threads, opened.report.missing], [1, []]);
  opened.dispose();
  const created = await createModelFrom(config, classification, { threads: 1, seed: 3 });
  assert.instance(created, LocalModel);
  assert.is(created.config, config);
  created.dispose();
});

test.run();
