import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createModel, reserveModel } from '../../../src/engine/createModel.ts';
import { architectureNamed } from '../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { refused } from '../refused.ts';

const test = suite('engine/createModel');
const config = new BeitConfig({
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 8,
  imageSize: 8,
  patchSize: 4,
});
const base = await architectureNamed('BeitModel');

test('reserving grows nothing; creating takes what was reserved and the buffers of one picture', async () => {
  const { backend } = await reserveModel(config, base, { threads: 1 });
  assert.ok(backend.reserved > 0);
  assert.is(backend.committed, 0);
  const { session, parameters, engine } = await createModel(config, base, { threads: 1 });
  assert.ok(session.memory > backend.reserved);
  assert.ok(parameters.slots.size > 10);
  assert.is(engine().threads, 1);
  session.dispose();
});

test('options that are none', async () => {
  for (const maxBatch of [0, 1.5, Number.NaN]) {
    await refused(() => createModel(config, base, { maxBatch }), 'InvalidArgument', /Invalid maxBatch/);
  }
  await refused(
    () => createModel(config, base, { dtype: 'int8' as never }),
    'InvalidArgument',
    /Invalid dtype: .* got int8/,
  );
});

test('what a class demands of its config is asked before an engine starts', async () => {
  const backbone = await architectureNamed('BeitBackbone');
  const four = new BeitConfig({ ...config, addFpn: true, outIndices: [1] });
  await refused(() => createModel(four, backbone, {}), 'InvalidConfig', /list of 4 integers/);
});

test.run();
