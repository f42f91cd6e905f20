import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postProcessZoeDepthEstimation } from '../../../../src/image/process/postProcessZoeDepthEstimation.ts';
import { Tensor } from '../../../../src/tensor.ts';
import { refused } from '../../refused.ts';

const test = suite('image/process/postProcessZoeDepthEstimation');
const depth = new Tensor(
  'float32',
  Float32Array.from({ length: 12 }, (_, i) => ((i * 7) % 5) + i / 4),
  [1, 3, 4],
);
const flippedDepth = new Tensor(
  'float32',
  Float32Array.from({ length: 12 }, (_, i) => ((i * 3) % 7) + i / 8),
  [1, 3, 4],
);

/** `ZoeDepthImageProcessorPil().post_process_depth_estimation` of transformers 5.24 on torch 2.13, of the same numbers. */
const PYTHON = {
  plain: [
    1.0693327188491821, 2.0406436920166016, 3.5789496898651123, 1.7798179388046265, 2.0486602783203125,
    3.0745205879211426,
  ],
  flipped: [
    3.0996055603027344, 2.6977224349975586, 2.494457483291626, 3.076094627380371, 2.6816892623901367,
    2.7139296531677246,
  ],
  target: [
    1.185892105102539, 3.3004281520843506, 1.5199882984161377, 3.058062791824341, 1.854084849357605, 2.8156983852386475,
  ],
  kept: [1.034401297569275, 3.3355712890625, 2.9656174182891846, 3.5303738117218018, 3.36083984375, 4.740968227386475],
};

const near = (found: ArrayLike<number>, expected: readonly number[]) => {
  assert.is(found.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(found[i] - value) < 2e-6, `${i}: ${found[i]}, ${value}`);
};

test('the edges that the processor added are cut off, as in Python', async () => {
  const [map] = await postProcessZoeDepthEstimation(depth, [[2, 3]]);
  assert.equal(map.dims, [2, 3]);
  near(map.data, PYTHON.plain);
});

test('the mean with the mirrored picture, another size in the end, and edges that stay', async () => {
  near((await postProcessZoeDepthEstimation(depth, [[2, 3]], { flippedDepth }))[0].data, PYTHON.flipped);
  const [target] = await postProcessZoeDepthEstimation(depth, [[2, 3]], { targetSizes: [[3, 2]] });
  assert.equal(target.dims, [3, 2]);
  near(target.data, PYTHON.target);
  near((await postProcessZoeDepthEstimation(depth, [[2, 3]], { removePadding: false }))[0].data, PYTHON.kept);
});

test('sizes and mirrored depth that do not fit are errors', async () => {
  const other = new Tensor('float32', depth.data, [1, 4, 3]);
  const no = (options: object, message: RegExp) =>
    refused(() => postProcessZoeDepthEstimation(depth, [[2, 3]], options), 'InvalidArgument', message);
  await no({ flippedDepth: other }, /expected flippedDepth of \[1,3,4\], got \[1,4,3\]/);
  await no({ targetSizes: [] }, /expected 1 target sizes/);
  await refused(() => postProcessZoeDepthEstimation(depth, []), 'InvalidArgument', /expected 1 target sizes/);
});

test.run();
