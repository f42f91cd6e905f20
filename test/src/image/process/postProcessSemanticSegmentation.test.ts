import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import { postProcessSemanticSegmentation } from '../../../../src/image/process/postProcessSemanticSegmentation.ts';
import { Tensor } from '../../../../src/tensor.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';
import { sha } from '../sha.ts';

type Case = [
  seed: number,
  c: number,
  h: number,
  w: number,
  [number, number] | null,
  map: string,
  scores: string,
  number[],
];
const test = suite('image/postProcessSemanticSegmentation');
const cases: Case[] = JSON.parse(readFileSync('fixtures/image/segmentation.json', 'utf8'));

test('gives the maps of transformers, and its scores', () => {
  for (const [seed, c, h, w, target, map, hash, firstScores] of cases) {
    const logits = new Tensor(
      'float32',
      Float32Array.from(noise(seed, c * h * w), (n) => n / 16 - 8),
      [1, c, h, w],
    );
    const [{ segmentation, scores }] = postProcessSemanticSegmentation(logits, target ? [target] : undefined, {
      returnScores: true,
    });
    const [height, width] = target ?? [h, w];
    assert.equal(segmentation.dims, [height, width]);
    assert.equal(scores!.dims, [c, height, width]);
    assert.is(sha(segmentation.data), map, `seed ${seed}`);
    // torch has another kernel, with other rounding, for outputs whose sides add up to 128 or less
    if (height + width > 128) assert.is(sha(scores!.data), hash, `seed ${seed}`);
    firstScores.forEach((score, i) => {
      assert.ok(Math.abs(scores!.data[i] - score) < 2e-6, `seed ${seed}: ${scores!.data[i]} for ${score}`);
    });
  }
});

test('takes the first of equal classes, and each picture its own size', () => {
  const logits = new Tensor('float32', new Float32Array(2 * 3 * 2 * 2), [2, 3, 2, 2]);
  logits.data.fill(1, 12 + 4, 12 + 8); // the second picture: class 1 alone
  const outputs = new ImageProcessor().postProcessSemanticSegmentation({ logits }, [
    [1, 2],
    [3, 1],
  ]);
  assert.equal([...outputs[0].segmentation.data], [0, 0]);
  assert.equal([...outputs[1].segmentation.data], [1, 1, 1]);
  assert.is(outputs[0].scores, undefined);
});

test('refuses sizes that do not fit', async () => {
  const logits = new Tensor('float32', new Float32Array(8), [1, 2, 2, 2]);
  await refused(() => postProcessSemanticSegmentation(logits, []), 'InvalidArgument', /expected 1 target sizes.*got 0/);
  await refused(() => postProcessSemanticSegmentation(logits, [[0, 3]]), 'InvalidArgument', /0, 3/);
  await refused(() => postProcessSemanticSegmentation(logits, [[1e6, 1e6]]), 'InvalidArgument', /too large/);
  const matrix = new Tensor('float32', new Float32Array(4), [2, 2]);
  await refused(() => postProcessSemanticSegmentation(matrix), 'InvalidArgument', /B, C, h, w/);
});

test.run();
