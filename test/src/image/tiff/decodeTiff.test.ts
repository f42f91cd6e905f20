import { zlibSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { Allocations } from '../../allocations.ts';
import { refused } from '../../refused.ts';
import { assertLikePillow, assertTruncatedRefused, rasterCases } from '../rasterCases.ts';
import { dataAt, oneStrip, type TagValue, tiff } from './tiffFile.ts';

const test = suite('image/tiff/decodeTiff');
const cases = rasterCases('tiff');
const pixels = async (...file: Parameters<typeof oneStrip>) => [...(await decode(oneStrip(...file))).data];
const gray = (...levels: number[]) => levels.flatMap((level) => [level, level, level]);

test('decodes every TIFF of the fixtures to the bytes of Pillow', async () => {
  assert.ok(cases.length >= 150);
  assert.ok(cases.filter(([, width]) => width === null).length < 40);
  await assertLikePillow(cases);
});

test('numbers of more than 8 bits are clipped, in either byte order', async () => {
  assert.equal(await pixels({ 258: 16 }, [200, 0, 0, 1]), gray(200, 255));
  assert.equal(await pixels({ 258: 16 }, [0, 200, 1, 0], false), gray(200, 255));
  assert.equal(await pixels({ 258: 16, 339: 2 }, [255, 255, 9, 0]), gray(0, 9));
  assert.equal(await pixels({ 258: 12 }, [0x0c, 0x81, 0x00]), gray(200, 255));
  const floats = [...new Uint8Array(Float32Array.of(-3, 99.9).buffer)];
  assert.equal(await pixels({ 258: 32, 339: 3 }, floats), gray(0, 99));
});

test('of colors with 16 bits the high bytes count', async () => {
  const samples = { 256: 1, 258: [16, 16, 16], 262: 2, 277: 3 };
  assert.equal(await pixels(samples, [9, 1, 9, 2, 9, 3]), [1, 2, 3]);
  assert.equal(await pixels(samples, [1, 9, 2, 9, 3, 9], false), [1, 2, 3]);
});

test('white that is 0, a palette, and alpha', async () => {
  assert.equal(await pixels({ 262: 0, 258: 1 }, [0b01000000]), gray(255, 0));
  const palette = Array.from({ length: 6 }, (_, i) => 256 * (i + 1));
  assert.equal(await pixels({ 262: 3, 258: 1, 320: palette }, [0b01000000]), [1, 3, 5, 2, 4, 6]);
  const rgba = { 256: 1, 258: [8, 8, 8, 8], 262: 2, 277: 4 };
  assert.equal(await pixels({ ...rgba, 338: 2 }, [10, 20, 30, 0]), [10, 20, 30]);
  assert.equal(await pixels({ ...rgba, 338: 1 }, [10, 20, 30, 51]), [50, 100, 150]);
  assert.equal(await pixels({ ...rgba, 338: 1 }, [10, 20, 30, 0]), [0, 0, 0]);
});

test('every compression gives the same pixels, with and without differences', async () => {
  const levels = [3, 3, 3, 7];
  const row = { 256: 4 };
  const packed: Record<number, number[]> = {
    8: [...zlibSync(Uint8Array.from(levels))],
    32773: [0xfe, 3, 0, 7],
  };
  for (const [compression, data] of Object.entries(packed)) {
    assert.equal(await pixels({ ...row, 259: Number(compression) }, data), gray(...levels), compression);
  }
  const differences = [...zlibSync(Uint8Array.of(3, 0, 0, 4))];
  assert.equal(await pixels({ ...row, 259: 32946, 317: 2 }, differences), gray(...levels));
});

test('subsampled chroma is repeated; a value of black and white changes the scale', async () => {
  const tags = { 256: 2, 257: 2, 258: [8, 8, 8], 259: 32773, 262: 6, 277: 3 };
  const data = [5, 10, 20, 30, 40, 128, 128];
  assert.equal(await pixels({ ...tags, 530: [2, 2] }, data), gray(10, 20, 30, 40));
  assert.equal(await pixels(tags, data), gray(10, 20, 30, 40), 'two by two, where nothing is said');
});

test('the orientation is applied', async () => {
  assert.equal(await pixels({ 274: 2 }, [1, 2]), gray(2, 1));
  const turned = await decode(oneStrip({ 274: 6 }, [1, 2]));
  assert.equal([turned.width, turned.height], [1, 2]);
});

test('strips in any order; of two for one place the last in the file counts; what has none is 0', async () => {
  const tags = (offsets: number[]): Record<number, TagValue> => ({
    256: 1,
    257: 3,
    258: 8,
    262: 1,
    277: 1,
    278: 1,
    273: offsets,
  });
  const at = dataAt(tags([0, 0, 0]));
  const of = async (...places: number[]) => [
    ...(await decode(tiff(tags(places.map((place) => dataAt(tags(places)) + place)), [7, 8, 9]))).data,
  ];
  assert.ok(at > 0);
  assert.equal(await of(2, 0, 1), gray(9, 7, 8));
  assert.equal(await of(2, 0), gray(9, 7, 0));
  assert.equal(await of(0, 1, 2, 1), gray(8, 8, 9));
});

test('what is not read is named', async () => {
  const named = (tags: Record<number, TagValue>, message: RegExp) =>
    refused(decode(oneStrip(tags, [1, 2])), 'UnsupportedFormat', message);
  await named({ 259: 34925 }, /LZMA is not read/);
  await named({ 259: 7 }, /JPEG inside a TIFF/);
  await named({ 259: 12345 }, /compression 12345/);
  await named({ 262: 8, 277: 3 }, /CIELAB/);
  await named({ 258: 3 }, /1 samples of 3 bits with photometric 1/);
  await named({ 258: [8, 16, 8], 262: 2, 277: 3 }, /samples of 8, 16, 8 bits/);
});

test('directories that cannot be are refused', async () => {
  const wrong = (tags: Record<number, TagValue>, message: RegExp) =>
    refused(decode(oneStrip(tags, [1, 2])), 'InvalidImage', message);
  await wrong({ 256: 0 }, /0 × 1/);
  await wrong({ 278: 0 }, /strips have 2 × 0/);
  await wrong({ 277: 9 }, /9 samples a pixel/);
  await wrong({ 262: 3 }, /palette of 1 to 256 colors, got 0/);
  await wrong({ 259: 8 }, /a block has 0 of 2 bytes/);
  await wrong({ 259: 5, 317: 4 }, /predictor 4 does not fit/);
  await refused(decode(tiff({ 256: 1, 257: 1, 322: 16, 323: 16 }, [])), 'InvalidImage', /where its pixels are/);
  await refused(decode(Uint8Array.of(73, 73, 42, 0, 200, 0, 0, 0)), 'InvalidImage', /begins at byte 200 of 8/);
  await refused(decode(Uint8Array.of(73, 73, 42, 0)), 'InvalidImage', /header has 8 bytes, got 4/);
});

test('a file that is cut off is refused', async () => {
  await assertTruncatedRefused(oneStrip({}, [1, 2]), 0);
  await assertTruncatedRefused(oneStrip({ 259: 32773 }, [1, 5, 6]), 0);
});

test('with truncated: fill, rows that are missing at the end of the file are 0; compressed pixels stay an error', async () => {
  const filled = async (file: Uint8Array) => {
    const { data } = await decode(file, { truncated: 'fill' });
    return [...data].filter((_, i) => i % 3 === 0);
  };
  assert.equal(await filled(oneStrip({ 257: 2 }, [1, 2, 3])), [1, 2, 0, 0]);
  assert.equal(await filled(oneStrip({ 257: 2, 262: 0 }, [1, 2, 3])), [254, 253, 0, 0]);
  const packed = oneStrip({ 257: 2, 259: 32773 }, [2, 1, 2, 3]);
  await refused(filled(packed), 'InvalidImage', /3 of 4 bytes \(truncated: "fill" is for .* not compressed\)$/);
});

test('sizes that are too large, or more than so few bytes can hold, cost nothing', async () => {
  using allocations = new Allocations();
  await refused(decode(oneStrip({ 256: 60_000, 257: 60_000 }, [1, 2])), 'ImageTooLarge');
  await refused(
    decode(oneStrip({ 256: 8000, 257: 8000 }, [1, 2])),
    'InvalidImage',
    /a block ends at byte 6400\d+, got/,
  );
  for (const compression of [5, 8, 32773]) {
    const file = oneStrip({ 256: 8000, 257: 8000, 259: compression }, [1, 2]);
    await refused(decode(file), 'InvalidImage', /8000 × 8000 pixels cannot come from 2 bytes/);
  }
  assert.ok(allocations.bytes < 20_000, `${allocations.bytes} bytes`);
});

test.run();
