import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../src/tensor.ts';
import { PixelAttribution } from '../../src/train/pixelAttribution.ts';
import { refused } from '../src/refused.ts';

const test = suite('train/pixelAttribution');
const FOLDER = 'fixtures/beit-digits';
const scan = new Uint8Array(readFileSync(`${FOLDER}/scans/0005-5.png`));
const processor = await BeitImageProcessor.fromPretrained(FOLDER);
const { pixelValues } = await processor.preprocess(scan);

test('saliency is the slope of the logit, by finite differences', async () => {
  using explain = await PixelAttribution.open(FOLDER, { threads: 1 });
  using model = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
  const { map, target, label, logit } = await explain.saliency(scan);
  assert.equal([target, label, map.dims], [5, '5', [32, 32]]);
  const logitAt = async (change: number, at: number) => {
    const data = pixelValues.data.slice();
    data[at] += change;
    return (await model.forward({ pixelValues: new Tensor('float32', data, pixelValues.dims) })).logits.data[5];
  };
  assert.ok(Math.abs((await logitAt(0, 0)) - logit) < 1e-4);
  const area = 32 * 32;
  const step = 0.02;
  for (const at of [5 * 32 + 7, 16 * 32 + 16, 20 * 32 + 9]) {
    const slopes: number[] = [];
    for (const c of [0, 1, 2]) {
      const i = c * area + at;
      slopes.push(Math.abs((await logitAt(step, i)) - (await logitAt(-step, i))) / (2 * step));
    }
    const expected = Math.max(...slopes);
    assert.ok(Math.abs(map.data[at] - expected) < 0.02 * expected + 2e-3, `${map.data[at]} for ${expected}`);
  }
});

test('integrated gradients sum up to the difference from the logit of gray, on any threads', async () => {
  using explain = await PixelAttribution.open(FOLDER, { threads: 1 });
  using model = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
  const { map, logit } = await explain.integratedGradients(scan, { steps: 64 });
  const gray = new Tensor('float32', new Float32Array(pixelValues.data.length), pixelValues.dims);
  const difference = logit - (await model.forward({ pixelValues: gray })).logits.data[5];
  const sum = map.data.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - difference) < 0.02 * Math.abs(difference), `${sum} for ${difference}`);
  using other = await PixelAttribution.open(FOLDER, { threads: 3 });
  assert.equal((await other.integratedGradients(scan, { steps: 64 })).map, map);
});

test('another class can be asked for; what is not a class or a step is an error', async () => {
  using explain = await PixelAttribution.open(FOLDER, { threads: 1 });
  assert.is((await explain.saliency(scan, { target: 3 })).label, '3');
  await refused(() => explain.saliency(scan, { target: 10 }), 'InvalidArgument', /a class from 0 to 9, got 10/);
  await refused(() => explain.integratedGradients(scan, { steps: 0 }), 'InvalidArgument', /Invalid steps/);
  await refused(() => explain.saliency(scan, { signal: AbortSignal.abort() }), 'Aborted', /aborted/);
});

test.run();
