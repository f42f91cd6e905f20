import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LocalModel } from '../../../src/hosting/localModel.ts';
import { createModelFrom, openModel, startRemote } from '../../../src/hosting/openModel.ts';
import { serveModel } from '../../../src/hosting/serveModel.ts';
import { architectureNamed } from '../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import type { StartModelWorker } from '../../../src/platform/modelWorker.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
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
const classification = architectureNamed('BeitForImageClassification');

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
  assert.is(await startRemote(undefined, start), null);
  assert.is(seen.ended, 2, 'and nothing of it is left');
});

test('a worker that was not wanted is not started, one that no page needs is refused', async () => {
  const start: StartModelWorker = () => {
    throw new Error('it was started');
  };
  assert.is(await startRemote(false, start), null);
  assert.is(await startRemote(undefined, null), null);
  await refused(startRemote(true, null), 'UnsupportedRuntime', /Cannot keep the model in a worker/);
  const options = { worker: true, threads: 1 } as const;
  await refused(() => BeitForImageClassification.fromConfig(config, options), 'UnsupportedRuntime');
  await refused(() => BeitForImageClassification.fromPretrained(FOLDER, options), 'UnsupportedRuntime');
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
