import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attentionMaps, attentionRollout } from '../../../src/explain/attentionRollout.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';

const test = suite('explain/attentionRollout');
const GRID = { height: 1, width: 2 };
/** [1, heads, 3, 3] from rows. */
const attention = (...heads: number[][]) =>
  new Tensor('float32', new Float32Array(heads.flat()), [1, heads.length, 3, 3]);
const close = (a: Float32Array, b: number[]) => b.every((x, i) => Math.abs(x - a[i]) < 1e-6);

test('a class token that looks at one patch reaches that patch', () => {
  const look = attention([0, 1, 0, 0, 1, 0, 0, 0, 1]);
  assert.ok(close(attentionRollout([look], GRID, 'class').data, [1, 0]));
  assert.ok(close(attentionMaps(look, GRID, 'class').data, [1, 0]));
});

test('two layers multiply, heads are averaged, half of every token stays', () => {
  const first = attention([1, 0, 0, 0, 0, 1, 0, 1, 0]); // patches swap
  const second = attention([0, 1, 0, 0, 1, 0, 0, 0, 1], [0, 0, 1, 0, 1, 0, 0, 0, 1]);
  // class row of layer 2: ½ itself, ¼ each patch; layer 1 moves half of each patch to the other
  assert.ok(close(attentionRollout([first, second], GRID, 'class').data, [0.5, 0.5]));
  const lopsided = attention([0, 1, 0, 0, 1, 0, 0, 0, 1]);
  // ½ of patch 1 stays, ¼ + ¼ of its ½ go to patch 2: shares ¼ : ¼
  assert.ok(close(attentionRollout([first, lopsided], GRID, 'class').data, [0.5, 0.5]));
});

test('a real model: shares of 1 over the grid, maps per head', async () => {
  using model = await BeitForImageClassification.fromPretrained('fixtures/beit-digits');
  const pixelValues = new Tensor(
    'float32',
    new Float32Array(2 * 3072).map((_, i) => (i % 97) / 97),
    [2, 3, 32, 32],
  );
  const { attentions } = await model.forward({ pixelValues, outputAttentions: true });
  const grid = { height: 8, width: 8 };
  const rollout = attentionRollout(attentions!, grid, 'mean');
  assert.equal(rollout.dims, [2, 8, 8]);
  assert.ok(Math.abs(rollout.data.subarray(64).reduce((a, b) => a + b) - 1) < 1e-5);
  assert.equal(attentionMaps(attentions![3], grid, 'class').dims, [2, 4, 8, 8]);
});

test('a grid that does not fit is refused', () => {
  assert.throws(() => attentionRollout([attention(new Array(9).fill(0))], { height: 2, width: 2 }, 'class'), /5, 5/);
  assert.throws(() => attentionRollout([], GRID, 'class'), /got none/);
});

test.run();
