import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyArchitecture } from '../../../../../src/model/beit/heads/body.ts';
import { maskedArchitecture } from '../../../../../src/model/beit/heads/masked.ts';
import { layerNorm } from '../../../../reference/rows.ts';
import { runTiny } from '../tinyModel.ts';

const test = suite('model/beit/heads/masked');
const GAMMA = [1, 2, 3, -1, 0, 1, 0.5, 2];

for (const useMeanPooling of [true, false]) {
  test(`one row of logits a patch, none for the class token; mean pooling ${useMeanPooling}`, async () => {
    const init = { useMeanPooling };
    const body = await runTiny(bodyArchitecture(false) as never, { init, images: 2 });
    const hidden = body.outputs.lastHiddenState.data; // its norm included, where there is one
    const put = { 'head.layernorm.weight': GAMMA, 'head.layernorm.bias': 0.25, 'lm_head.bias': 1 };
    const { logits } = (
      await runTiny(maskedArchitecture as never, { init, images: 2, put: { ...put, 'lm_head.weight': 0.5 } })
    ).outputs;
    assert.equal(logits.dims, [2, 6, 5]);
    for (let row = 0; row < 12; row++) {
      const token = Math.floor(row / 6) * 7 + 1 + (row % 6);
      const x = hidden.slice(8 * token, 8 * token + 8);
      const normed = layerNorm(x, GAMMA, new Array(8).fill(0.25), 1e-12);
      const expected = 0.5 * normed.reduce((a, b) => a + b, 0) + 1;
      for (let v = 0; v < 5; v++) assert.ok(Math.abs(logits.data[5 * row + v] - expected) < 1e-5, `row ${row}`);
    }
  });
}

test.run();
