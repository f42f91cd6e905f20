import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Channel, type Methods } from '../../../src/hosting/channel.ts';
import { fileMethods, writeMethods } from '../../../src/hosting/hostedFiles.ts';
import { LocalModel } from '../../../src/hosting/localModel.ts';
import type { Description, LoadCall, RunAnswer } from '../../../src/hosting/protocol.ts';
import { serveModel } from '../../../src/hosting/serveModel.ts';
import { loadModel } from '../../../src/loading/loadModel.ts';
import { architectureNamed } from '../../../src/model/beit/architectures.ts';
import { Tensor } from '../../../src/tensor.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { refused } from '../refused.ts';
import { ports } from './ports.ts';

const test = suite('hosting/serveModel');
const FOLDER = 'fixtures/models/cls';
const { name, variant } = await architectureNamed('BeitForImageClassification');
const call: LoadCall = {
  architecture: { name, variant },
  source: { source: FOLDER },
  config: null,
  options: { threads: 1 },
  cores: new Map(),
};
const request = () => ({
  pixelValues: new Tensor('float32', new Float32Array(3 * 32 * 32).fill(0.25), [1, 3, 32, 32]),
  hiddenStates: false,
  attentions: false,
});

/** The page's end of a channel to a served model. */
async function served(run: (channel: Channel) => Promise<void>, methods: Methods = {}) {
  const ends = ports();
  let greeted = 0;
  const page = new Channel(ends.here, { hello: () => void greeted++, progress: () => {}, ...methods });
  serveModel(ends.there);
  await run(page).finally(ends.close);
  assert.is(greeted, 1, 'it says when it is up');
}

test('before a model is loaded there is nothing to run or save, and something to dispose of neither', async () => {
  await served(async (channel) => {
    for (const [method, argument] of [
      ['run', request()],
      ['save', {}],
      ['runImageTask', { name: 'segment', input: {} }],
    ] as const)
      await refused(channel.call(method, argument), 'InvalidArgument', /Cannot run: no model was loaded/);
    await channel.call('dispose', null);
  });
});

test('a pass there gives the bits of one here, by a source of its own or through the page', async () => {
  const model = new LocalModel(await loadModel(FOLDER, () => architectureNamed(name), { threads: 1 }));
  const expected = (await model.run(request())).logits as Tensor;
  const files = filesOf({
    'config.json': readFileSync(`${FOLDER}/config.json`),
    'model.safetensors': readFileSync(`${FOLDER}/model.safetensors`),
  });
  for (const source of [call.source, { page: {} }]) {
    await served(
      async (channel) => {
        const { config, memory, engine, report } = await channel.call<Description>('load', { ...call, source });
        assert.equal(config, model.config.toJSON());
        assert.equal([memory > 0, engine.threads, report], [true, 1, model.report]);
        const answer = await channel.call<RunAnswer>('run', request());
        const { data, dims } = answer.outputs.logits as Tensor;
        assert.equal([data, dims], [expected.data, expected.dims]);
        assert.is(answer.memory, model.memory);
        await channel.call('dispose', null);
        await refused(channel.call('run', request()), 'Disposed');
      },
      fileMethods(() => files),
    );
  }
  model.dispose();
});

test("progress is told as it comes; what is saved goes through the page's function", async () => {
  const statuses: string[] = [];
  const saved: Record<string, number[]> = {};
  const create = (file: string) => {
    saved[file] = [];
    return { write: (chunk: Uint8Array) => void saved[file].push(...chunk), close: () => {} };
  };
  const progress = ({ status }: { status: string }) => void statuses.push(status);
  await served(
    async (channel) => {
      await channel.call('load', call);
      assert.equal(await channel.call('save', {}), Object.keys(saved));
      await channel.call('dispose', null);
    },
    { ...writeMethods(() => create), progress },
  );
  assert.equal([statuses[0], statuses.at(-1)], ['initiate', 'ready']);
  assert.is(JSON.parse(Buffer.from(saved['config.json']).toString()).model_type, 'beit');
});

test.run();
