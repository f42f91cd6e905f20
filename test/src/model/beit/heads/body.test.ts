import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyArchitecture } from '../../../../../src/model/beit/heads/body.ts';
import { runTiny } from '../tinyModel.ts';

const test = suite('model/beit/heads/body');
const TOKENS = 7;
const DIM = 8;

test('with mean pooling the last hidden state is not normalized and the pooled one is the norm of the mean', async () => {
  const put = { 'pooler.layernorm.weight': 1, 'pooler.layernorm.bias': 0 };
  const { outputs } = await runTiny(bodyArchitecture(true) as never, { put, images: 2 });
  const { lastHiddenState, poolerOutput } = outputs;
  assert.equal(
    [lastHiddenState.dims, poolerOutput.dims],
    [
      [2, TOKENS, DIM],
      [2, DIM],
    ],
  );
  for (let b = 0; b < 2; b++) {
    const mean = Array.from({ length: DIM }, (_, c) => {
      let sum = 0;
      for (let t = 1; t < TOKENS; t++) sum += lastHiddenState.data[(b * TOKENS + t) * DIM + c];
      return sum / (TOKENS - 1);
    });
    const center = mean.reduce((a, x) => a + x, 0) / DIM;
    const deviation = Math.sqrt(mean.reduce((a, x) => a + (x - center) ** 2, 0) / DIM);
    for (let c = 0; c < DIM; c++) {
      assert.ok(Math.abs(poolerOutput.data[b * DIM + c] - (mean[c] - center) / deviation) < 1e-5);
    }
  }
});

test('without mean pooling the last hidden state is normalized and the pooled one is its class token', async () => {
  const put = { 'layernorm.weight': 1, 'layernorm.bias': 0 };
  const { outputs } = await runTiny(bodyArchitecture(true) as never, { init: { useMeanPooling: false }, put });
  const { lastHiddenState, poolerOutput } = outputs;
  assert.equal(poolerOutput.data, lastHiddenState.data.slice(0, DIM));
  for (let t = 0; t < TOKENS; t++) {
    const row = lastHiddenState.data.slice(t * DIM, (t + 1) * DIM);
    assert.ok(Math.abs(row.reduce((a, x) => a + x, 0)) < 1e-5);
    assert.ok(Math.abs(row.reduce((a, x) => a + x * x, 0) / DIM - 1) < 1e-4);
  }
});

test('without a pooler there is no pooled output, and none of its weights', async () => {
  const { outputs } = await runTiny(bodyArchitecture(false) as never);
  assert.equal(Object.keys(outputs), ['lastHiddenState']);
  assert.equal([bodyArchitecture(false).variant, bodyArchitecture(true).variant], [false, true]);
});

test.run();
