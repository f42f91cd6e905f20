import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyArchitecture } from '../../../../../src/model/beit/heads/body.ts';
import { classificationArchitecture } from '../../../../../src/model/beit/heads/classification.ts';
import { runTiny } from '../tinyModel.ts';

const test = suite('model/beit/heads/classification');
const classification = classificationArchitecture as never;

test('logits are a linear layer over the pooled output', async () => {
  const pooled = (await runTiny(bodyArchitecture(true) as never, { images: 2 })).outputs.poolerOutput.data;
  const put = { 'classifier.weight': 0.5, 'classifier.bias': 0.25 };
  const { logits } = (await runTiny(classification, { images: 2, put })).outputs;
  assert.equal(logits.dims, [2, 3]);
  for (const [i, value] of logits.data.entries()) {
    const image = Math.floor(i / 3);
    const sum = pooled.slice(8 * image, 8 * image + 8).reduce((a, x) => a + x, 0);
    assert.ok(Math.abs(value - (0.5 * sum + 0.25)) < 1e-6, `${value} at ${i}`);
  }
});

test('without labels the logits are the pooled output', async () => {
  const pooled = (await runTiny(bodyArchitecture(true) as never)).outputs.poolerOutput;
  const { logits } = (await runTiny(classification, { init: { numLabels: 0 } })).outputs;
  assert.equal(logits, pooled);
});

test.run();
