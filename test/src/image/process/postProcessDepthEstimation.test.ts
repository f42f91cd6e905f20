import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postProcessDepthEstimation } from '../../../../src/image/process/postProcessDepthEstimation.ts';
import { Tensor } from '../../../../src/tensor.ts';
import { refused } from '../../refused.ts';

const test = suite('image/process/postProcessDepthEstimation');
const depth = new Tensor('float32', Float32Array.of(0, 1, 2, 3, 5, 8, 4, 4, 4, 4, 4, 4), [2, 2, 3]);
/** torch 2.13: interpolate(depth[:1, None], (3, 4), mode="bicubic", align_corners=False). */
const TORCH = [
  -0.32596343755722046, 0.232916921377182, 1.0508949756622314, 1.538482904434204, 1.392333984375, 2.23974609375,
  3.885498046875, 5.1435546875, 3.110630750656128, 4.246574878692627, 6.7201008796691895, 8.748625755310059,
];

test('each map at the size of its picture, as torch resizes it', () => {
  const [first, second] = postProcessDepthEstimation(depth, [
    [3, 4],
    [1, 2],
  ]);
  assert.equal(
    [first.dims, second.dims],
    [
      [3, 4],
      [1, 2],
    ],
  );
  for (const [i, value] of TORCH.entries()) assert.ok(Math.abs(first.data[i] - value) < 1e-6, `${i}: ${first.data[i]}`);
  assert.equal([...second.data], [4, 4]);
});

test('without sizes the maps are as they are', () => {
  const [first, second] = postProcessDepthEstimation(depth);
  assert.equal([...first.data, ...second.data], [...depth.data]);
});

test('other tensors and sizes are errors', async () => {
  const flat = new Tensor('float32', depth.data, [12]);
  await refused(() => postProcessDepthEstimation(flat), 'InvalidArgument', /\[B, h, w\], got \[12\]/);
  await refused(() => postProcessDepthEstimation(depth, [[3, 4]]), 'InvalidArgument', /expected 2 target sizes/);
  const none = [
    [3, 0],
    [1, 1],
  ] as never;
  await refused(() => postProcessDepthEstimation(depth, none), 'InvalidArgument', /expected \[height, width\]/);
});

test.run();
