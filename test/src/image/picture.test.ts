import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPicture, readSegmentationMap } from '../../../src/image/picture.ts';
import { encodePng } from '../../../src/image/png/encodePng.ts';
import { refused } from '../refused.ts';
import { noise } from './noise.ts';

const test = suite('image/picture');
const rgb = { data: noise(3, 60), width: 5, height: 4, channels: 3 };
const png = encodePng(rgb) as Uint8Array<ArrayBuffer>;

test('reads bytes, buffers, blobs, RGBA, gray and ImageData alike', async () => {
  const rgba = { data: new Uint8ClampedArray(80), width: 5, height: 4 };
  for (let i = 0; i < 20; i++) rgba.data.set([...rgb.data.subarray(3 * i, 3 * i + 3), i], 4 * i);
  for (const picture of [rgb, { ...rgb, channels: undefined }, rgba, png, png.slice().buffer, new Blob([png])]) {
    assert.equal(await readPicture(picture), rgb);
  }
  const gray = { data: Uint8Array.of(10, 20), width: 2, height: 1 };
  assert.equal([...(await readPicture(gray)).data], [10, 10, 10, 20, 20, 20]);
});

test('pixels are copied', async () => {
  const own = { ...rgb, data: rgb.data.slice() };
  const read = await readPicture(own);
  own.data.fill(0);
  assert.equal(read.data, rgb.data);
});

test('refuses what is no picture', async () => {
  const wrong = (picture: unknown, message: RegExp) =>
    refused(readPicture(picture as never), 'InvalidArgument', message);
  await wrong(undefined, /from undefined/);
  await wrong('cat.png', /from string/);
  await wrong(null, /from object/);
  await wrong({}, /expected data of 8 bits a channel, got nothing/);
  await wrong({ ...rgb, data: new Float32Array(60) }, /got Float32Array/);
  await wrong({ ...rgb, data: [...rgb.data] }, /got Array/);
  for (const width of [Number.NaN, 0, -5, 2.5]) await wrong({ ...rgb, width }, new RegExp(`its size is ${width} × 4`));
  await wrong({ ...rgb, width: 6 }, /6 × 4 pixels: expected 3 bytes a pixel, of 1 to 4, got 60 bytes/);
  await wrong({ ...rgb, channels: 4 }, /expected 4 bytes a pixel/);
  await wrong({ ...rgb, width: 10, height: 3 }, /expected 3 bytes/);
  await refused(readPicture(png, { maxPixels: 19 }), 'ImageTooLarge', /limit is 19/);
});

test('a blob that cannot be read is an image that cannot', async () => {
  const gone = new Blob([png]);
  gone.arrayBuffer = () => Promise.reject(new DOMException('The file has changed', 'NotReadableError'));
  const error = await refused(readPicture(gone), 'InvalidImage', /a Blob of \d+ bytes could not be read/);
  assert.instance(error.cause, DOMException);
});

test('reads label maps: whole numbers row by row, or a PNG, gray levels as they are', async () => {
  const classes = { data: [0, 1, 2, 2 ** 31 - 1], width: 2, height: 2 };
  const expected = { data: Int32Array.from(classes.data), width: 2, height: 2, channels: 1 };
  assert.equal(await readSegmentationMap(classes), expected);
  assert.equal(await readSegmentationMap({ ...classes, data: Float64Array.from(classes.data) }), expected);
  const gray = encodePng({ data: Uint8Array.of(0, 1, 2, 200), width: 2, height: 2, channels: 1 });
  assert.equal([...(await readSegmentationMap(gray)).data], [0, 1, 2, 200]);
  await refused(readSegmentationMap(png), 'UnsupportedFormat', /expected one channel, got 3/);
});

test('refuses label maps of no size, another size, or with numbers that are no class', async () => {
  const wrong = (data: unknown, width: number, message: RegExp) =>
    refused(readSegmentationMap({ data: data as number[], width, height: 1 }), 'InvalidArgument', message);
  await wrong([], 0, /a segmentation map: its size is 0 × 1/);
  await wrong([1, 2], 3, /expected 1 × 3 class numbers, got 2/);
  await wrong(undefined, 3, /class numbers, got undefined/);
  for (const number of [0.5, -1, Number.NaN, 2 ** 31])
    await wrong([1, number], 2, new RegExp(`${number} is not a class`));
  await wrong(['1'], 1, /1 is not a class/);
});

test.run();
