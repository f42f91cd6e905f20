import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JpegFrame } from '../../../src/image/jpeg/jpegFrame.ts';
import { refused } from '../../src/refused.ts';
import { allocatePlanes, placeAll, placeBlock } from './jpegPlanes.ts';

const test = suite('reference/jpeg/jpegPlanes');

function frameOf(width: number, height: number, factors: [h: number, v: number][], progressive = false): JpegFrame {
  return { progressive, width, height, components: factors.map(([h, v], id) => ({ id, h, v, table: 0 })) };
}

test('planes are padded to whole MCUs and know how many samples count', () => {
  const { planes, mcusX, mcusY, h, v } = allocatePlanes(
    frameOf(33, 17, [
      [2, 2],
      [1, 1],
      [2, 1],
    ]),
  );
  assert.equal([mcusX, mcusY, h, v], [3, 2, 2, 2]);
  assert.equal(
    planes.map((p) => [p.width, p.height, p.blocksX, p.blocksY, p.samples.length, p.coefficients.length]),
    [
      [33, 17, 6, 4, 48 * 32, 64],
      [17, 9, 3, 2, 24 * 16, 64],
      [33, 9, 6, 2, 48 * 16, 64],
    ],
  );
});

test('a progressive frame keeps the coefficients of every block; one pixel is one block', () => {
  const { planes } = allocatePlanes(
    frameOf(
      33,
      17,
      [
        [2, 2],
        [1, 1],
      ],
      true,
    ),
  );
  assert.equal(
    planes.map((p) => p.coefficients.length),
    [6 * 4 * 64, 3 * 2 * 64],
  );
  const [one] = allocatePlanes(frameOf(1, 1, [[1, 1]], true)).planes;
  assert.equal([one.width, one.height, one.blocksX, one.blocksY, one.coefficients.length], [1, 1, 1, 1, 64]);
});

test('refuses factors that do not divide the largest', async () => {
  for (const factors of [
    [
      [3, 1],
      [2, 1],
    ],
    [
      [1, 4],
      [1, 3],
    ],
  ] as [number, number][][]) {
    await refused(() => allocatePlanes(frameOf(8, 8, factors)), 'UnsupportedFormat', /do not divide/);
  }
});

test('every block comes to its place, a first coefficient of 8 being one level', () => {
  const planes = allocatePlanes(frameOf(24, 16, [[1, 1]], true));
  const [plane] = planes.planes;
  plane.quantization = new Int32Array(64).fill(4);
  for (let block = 0; block < 6; block++) plane.coefficients[64 * block] = 2 * (block + 1);
  placeBlock(plane, 2, 0, 64, new Int32Array(64));
  for (const [i, sample] of plane.samples.entries()) {
    assert.is(sample, i % 24 >= 16 && i < 8 * 24 ? 130 : 0, `sample ${i}`);
  }
  placeAll(planes);
  for (const [i, sample] of plane.samples.entries()) {
    const block = 3 * Math.floor(i / (8 * 24)) + Math.floor((i % 24) / 8);
    assert.is(sample, 128 + block + 1, `sample ${i}`);
  }
});

test('refuses to place a component that no scan had', async () => {
  const planes = allocatePlanes(
    frameOf(
      8,
      8,
      [
        [1, 1],
        [1, 1],
      ],
      true,
    ),
  );
  planes.planes[0].quantization = new Int32Array(64).fill(1);
  await refused(() => placeAll(planes), 'InvalidImage', /a component has no scan/);
});

test.run();
