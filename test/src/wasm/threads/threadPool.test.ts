import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Dtype } from '../../../../src/dtype.ts';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { Random } from '../../../../src/model/beit/random.ts';
import { BeitForImageClassification } from '../../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../../src/tensor.ts';

const test = suite('wasm/threads/threadPool');

const config = new BeitConfig({
  hiddenSize: 60,
  numHiddenLayers: 3,
  numAttentionHeads: 5,
  intermediateSize: 148,
  imageSize: 52,
  patchSize: 4,
  useRelativePositionBias: true,
  numLabels: 7,
});

function pixels(batch: number, height: number, width: number): Tensor {
  const random = new Random(height * width + batch);
  const data = new Float32Array(batch * 3 * height * width).map(() => random.normal());
  return new Tensor('float32', data, [batch, 3, height, width]);
}

const SIZES = [pixels(1, 52, 52), pixels(1, 4, 9), pixels(2, 37, 61), pixels(3, 20, 4)];

async function outputs(threads: number, dtype: Dtype, simd?: 'strict'): Promise<Float32Array[]> {
  using model = await BeitForImageClassification.fromConfig(config, { seed: 3, threads, dtype, simd });
  const results: Float32Array[] = [];
  for (const pixelValues of SIZES) {
    const { logits, hiddenStates, attentions } = await model.forward({
      pixelValues,
      outputHiddenStates: true,
      outputAttentions: true,
    });
    results.push(logits.data, ...hiddenStates!.map((t) => t.data), ...attentions!.map((t) => t.data));
  }
  return results;
}

for (const dtype of ['f32', 'f16', 'q8', 'q4'] as const) {
  test(`${dtype}: the bits are the same for 1 to 8 threads, over odd sizes`, async () => {
    const alone = await outputs(1, dtype, 'strict');
    assert.ok(alone.every((values) => values.every(Number.isFinite)));
    assert.ok(alone[0].some((value) => value !== alone[0][0]));
    for (const threads of [2, 3, 4, 5, 6, 7, 8]) {
      const together = await outputs(threads, dtype, threads % 2 ? undefined : 'strict');
      for (const [i, values] of alone.entries()) {
        assert.equal(new Uint32Array(together[i].buffer), new Uint32Array(values.buffer), `${threads} threads, ${i}`);
      }
    }
  });
}

test.run();
