import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/fillMaskImage');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const fill = await pipeline('fill-mask-image', 'fixtures/beit-digits-pt');
test.after(() => fill.dispose());
const count = (mask: Tensor<'bool'>) => mask.data.reduce((a, b) => a + b, 0);

test('without a mask, blocks hide at most the share asked for, by the seed', async () => {
  const first = await fill(SCAN);
  assert.equal(
    [first.mask.dims, first.tokens.dims, first.scores.dims],
    [
      [8, 8],
      [8, 8],
      [8, 8],
    ],
  );
  assert.ok(count(first.mask) > 0 && count(first.mask) <= 25);
  assert.equal((await fill(SCAN, { seed: 0 })).mask.data, first.mask.data);
  assert.not.equal((await fill(SCAN, { seed: 1 })).mask.data, first.mask.data);
  assert.ok(count((await fill(SCAN, { share: 0.1 })).mask) <= 6);
  assert.ok(count((await fill(SCAN, { share: 0.001 })).mask) <= 1);
});

test('tokens are the likeliest of the logits, scores their probabilities', async () => {
  const mask = new Tensor(
    'bool',
    Uint8Array.from({ length: 64 }, (_, i) => i % 2),
    [8, 8],
  );
  const { tokens, scores, mask: used } = await fill(SCAN, { mask });
  assert.is(used, mask);
  const { pixelValues } = await fill.processor.preprocess(
    await import('node:fs').then((fs) => new Uint8Array(fs.readFileSync(SCAN))),
  );
  const boolMaskedPos = new Tensor('bool', mask.data, [1, 64]);
  const { logits } = await fill.model.forward({ pixelValues, boolMaskedPos });
  for (let patch = 0; patch < 64; patch++) {
    const row = [...logits.data.subarray(128 * patch, 128 * (patch + 1))];
    assert.is(tokens.data[patch], row.indexOf(Math.max(...row)));
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    assert.ok(Math.abs(scores.data[patch] - Math.exp(row[tokens.data[patch]]) / total) < 1e-6);
  }
});

test('masks and shares that do not fit', async () => {
  const mask = new Tensor('bool', new Uint8Array(49), [7, 7]);
  await refused(() => fill(SCAN, { mask }), 'InvalidArgument', /Invalid mask: expected \[8,8\], got \[7,7\]/);
  for (const share of [0, 1, -0.5, Number.NaN]) {
    await refused(() => fill(SCAN, { share }), 'InvalidArgument', /Invalid share/);
  }
  await refused(() => fill(SCAN, { signal: AbortSignal.abort() }), 'Aborted');
});

test.run();
