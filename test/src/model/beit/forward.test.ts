import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyArchitecture } from '../../../../src/model/beit/heads/body.ts';
import { runTiny } from './tinyModel.ts';

const test = suite('model/beit/forward');
const base = bodyArchitecture(true) as never;

test('the pass pauses at every hidden state and before every attention', async () => {
  const { pauses } = await runTiny(base);
  assert.equal(pauses, ['hiddenState 0', 'attention 0', 'hiddenState 1', 'attention 1', 'hiddenState 2']);
});

test('images of a batch do not see each other', async () => {
  const alone = (await runTiny(base)).outputs.lastHiddenState.data;
  const pair = (await runTiny(base, { images: 2 })).outputs.lastHiddenState;
  assert.equal(pair.dims, [2, 7, 8]);
  assert.equal(pair.data.slice(0, 56), alone);
  assert.not.equal(pair.data.slice(56), alone);
});

test('a masked patch is the mask token, whatever its pixels', async () => {
  const init = { useMaskToken: true, numHiddenLayers: 1 };
  const nothing = { 'encoder.layer.0.lambda_1': 0, 'encoder.layer.0.lambda_2': 0, 'embeddings.mask_token': 0.75 };
  const masked = [0, 1, 0, 0, 0, 1];
  const { data } = (await runTiny(base, { init, put: nothing, masked })).outputs.lastHiddenState;
  const shown = (await runTiny(base, { init, put: nothing })).outputs.lastHiddenState.data;
  for (const [patch, hidden] of masked.entries()) {
    const row = data.slice(8 * (patch + 1), 8 * (patch + 2));
    assert.equal(row, hidden ? new Array(8).fill(0.75) : shown.slice(8 * (patch + 1), 8 * (patch + 2)));
  }
  assert.equal(data.slice(0, 8), shown.slice(0, 8), 'the class token is no patch');
});

test('with both λ zero the blocks change nothing but add positions once', async () => {
  const init = { useAbsolutePositionEmbeddings: true };
  const still = Object.fromEntries([0, 1].flatMap((i) => [1, 2].map((j) => [`encoder.layer.${i}.lambda_${j}`, 0])));
  const put = { ...still, 'embeddings.position_embeddings': 0.5 };
  const { data } = (await runTiny(base, { init, put })).outputs.lastHiddenState;
  const without = await runTiny(base, { init, put: { ...put, 'embeddings.position_embeddings': 0 } });
  for (const [i, value] of without.outputs.lastHiddenState.data.entries()) {
    assert.ok(Math.abs(data[i] - value - 0.5) < 1e-6);
  }
});

test.run();
