import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodedPatches, maskedTriptych } from '../../../src/explain/tokenPictures.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('explain/tokenPictures');
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const SIZE = 2;

/** Pictures of `channels` levels, one a channel, on a 1×2 grid of patches of 2×2, and what lies behind them. */
function pixels(channels: number, height: number, width: number): Tensor {
  const data = Float32Array.from({ length: channels * height * width }, (_, i) => Math.floor(i / (height * width)) / 2);
  return new Tensor('float32', data, [1, channels, height, width]);
}
/** Token t is all −1 + t. */
const codebook = (channels: number) => ({
  data: Float32Array.from({ length: 3 * channels * 4 }, (_, i) => Math.floor(i / (channels * 4)) - 1),
  channels,
  size: SIZE,
});
const mask = new Tensor('bool', new Uint8Array([0, 1]), [1, 2]);
const tokens = new Tensor('int32', new Int32Array([0, 2]), [1, 2]);

/** The color of pixel (x, y). */
const at = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test('shown, hidden gray, and drawn from the codebook, with a white patch between', () => {
  const picture = maskedTriptych(pixels(3, 2, 4), mask, tokens, codebook(3), HALF);
  assert.equal([picture.width, picture.height, picture.channels], [3 * 4 + 2 * SIZE, 2, 3]);
  const shown = [128, 191, 255]; // 0, ½ and 1 of mean ½ and deviation ½
  for (const y of [0, 1]) {
    assert.equal([at(picture, 0, y), at(picture, 3, y)], [shown, shown]);
    assert.equal(at(picture, 4, y), [255, 255, 255]);
    assert.equal([at(picture, 6, y), at(picture, 8, y), at(picture, 9, y)], [shown, [128, 128, 128], [128, 128, 128]]);
    assert.equal(at(picture, 11, y), [255, 255, 255]);
    assert.equal([at(picture, 12, y), at(picture, 13, y)], [shown, shown]);
    assert.equal(
      [at(picture, 14, y), at(picture, 15, y)],
      [
        [255, 255, 255],
        [255, 255, 255],
      ],
    );
  }
});

test('pixels behind the last whole patch are shown as they are', () => {
  const hidden = new Tensor('bool', new Uint8Array([0, 1, 1, 1]), [2, 2]);
  const drawn = new Tensor('int32', new Int32Array(4), [2, 2]);
  const picture = maskedTriptych(pixels(3, 5, 5), hidden, drawn, codebook(3), HALF);
  for (const panel of [0, 1, 2]) {
    const left = panel * (5 + SIZE);
    for (const [x, y] of [
      [4, 0],
      [0, 4],
      [4, 4],
    ]) {
      assert.equal(at(picture, left + x, y), [128, 191, 255], `(${x}, ${y}) of panel ${panel}`);
    }
  }
});

test('one channel becomes gray', () => {
  const picture = maskedTriptych(pixels(1, 2, 4), mask, tokens, codebook(1), HALF);
  assert.equal(at(picture, 0, 0), [128, 128, 128]);
  assert.equal(at(picture, 15, 0), [255, 255, 255]);
});

test('what does not fit each other', async () => {
  const draw =
    (p: Tensor, m = mask, t = tokens, c = codebook(3)) =>
    () =>
      maskedTriptych(p, m, t, c, HALF);
  await refused(draw(pixels(1, 2, 4)), 'InvalidArgument', /codebook of 3×2×2 does not fit pixels \[1,1,2,4\]/);
  await refused(draw(pixels(3, 2, 3)), 'InvalidArgument', /does not fit/);
  await refused(draw(pixels(3, 1, 4)), 'InvalidArgument', /does not fit/);
  const other = new Tensor('int32', new Int32Array(2), [2, 1]);
  await refused(draw(pixels(3, 2, 4), mask, other), 'InvalidArgument', /expected \[1,2\], got \[2,1\]/);
  const unknown = new Tensor('int32', new Int32Array([0, 3]), [1, 2]);
  await refused(draw(pixels(3, 2, 4), mask, unknown), 'InvalidArgument', /token 3: the codebook holds 3/);
});

test('a decoded picture is drawn patch by patch, enlarged to the patches of the model', () => {
  // 1×2 tokens of 2×2 pixels, of which every one has its own level
  const levels = [0, 51, 102, 153, 204, 255, 0, 51];
  const decoded = { data: Uint8Array.from(levels.flatMap((v) => [v, v, v])), width: 4, height: 2, channels: 3 };
  const { codebook, tokens } = decodedPatches(decoded, [1, 2], 4, HALF);
  assert.equal([codebook.size, codebook.channels, [...tokens.data]], [4, 3, [0, 1]]);
  const all = new Tensor('bool', new Uint8Array([1, 1]), [1, 2]);
  const picture = maskedTriptych(pixels(3, 4, 8), all, tokens, codebook, HALF);
  const drawn = (x: number, y: number) => at(picture, 2 * (8 + 4) + x, y)[0];
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 8; x++) assert.is(drawn(x, y), levels[4 * (y >> 1) + (x >> 1)], `${x}, ${y}`);
  }
});

test.run();
