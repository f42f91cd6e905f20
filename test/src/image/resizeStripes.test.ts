import { readFileSync } from 'node:fs';
import { encode as encodeJpeg } from 'jpeg-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../src/image/decode.ts';
import { decodeResized } from '../../../src/image/decodePicture.ts';
import { orient } from '../../../src/image/orient.ts';
import type { StripedPicture } from '../../../src/image/pictureCore.ts';
import { encodePng } from '../../../src/image/png/encodePng.ts';
import { RESAMPLE_FILTERS } from '../../../src/image/resample/resampleFilter.ts';
import { resize } from '../../../src/image/resample/resize.ts';
import { resizeStripes, resizesInStripes, uprightSize } from '../../../src/image/resizeStripes.ts';
import { refused } from '../refused.ts';
import { noise } from './noise.ts';

const test = suite('image/resizeStripes');
type Case = [name: string, width: number, height: number, sha: string, base64: string];
const cases = (format: string): Case[] => JSON.parse(readFileSync(`fixtures/image/${format}.json`, 'utf8'));
const large = encodePng({ data: noise(1, 701 * 503 * 3), width: 701, height: 503, channels: 3 });

test('a picture resized while it is decoded has the bytes of one that is decoded first', async () => {
  const readable = cases('webp').filter(([, width]) => width !== null);
  const files = [...cases('jpeg'), ...cases('png'), ...readable].map(
    (one) => new Uint8Array(Buffer.from(one[4], 'base64')),
  );
  let inStripes = 0;
  for (const [i, file] of [large, ...files.filter((_, i) => i % 3 === 0)].entries()) {
    const filter = RESAMPLE_FILTERS[i % RESAMPLE_FILTERS.length];
    const [width, height] = [1 + ((i * 37) % 90), 1 + ((i * 23) % 70)];
    const whole = await decode(file);
    const read = await decodeResized(file, {}, () => ({ width, height, filter }));
    assert.equal([read.width, read.height], [whole.width, whole.height]);
    if (!read.isResized) {
      assert.equal(read.pixels, whole);
      continue;
    }
    inStripes++;
    assert.equal(read.pixels, resize(whole, width, height, filter), `${filter} ${width} × ${height}`);
  }
  assert.ok(inStripes > 50, `${inStripes}`);
});

/** Rows of noise in stripes of seven. */
function striped(width: number, height: number, orientation: number): StripedPicture {
  const data = noise(orientation, width * height * 3);
  return {
    width,
    height,
    orientation,
    *stripes({ arena }) {
      const at = arena.reserve(7 * width * 3);
      arena.commit();
      for (let first = 0; first < height; first += 7) {
        const rows = data.subarray(first * width * 3, (first + 7) * width * 3);
        arena.u8(at, rows.length).set(rows);
        yield { first, count: rows.length / (3 * width), at };
      }
    },
  };
}

test('a picture of any orientation is turned, then resized', async () => {
  const sizes = [
    [31, 200, 10, 12],
    [200, 31, 7, 90],
    [1, 203, 5, 9], // Pillow resizes the columns of such a one first
    [203, 1, 9, 5],
    [33, 47, 33, 9],
    [47, 33, 60, 33],
    [5, 3, 40, 50],
  ];
  for (let orientation = 1; orientation <= 8; orientation++) {
    for (const [i, [storedWidth, storedHeight, width, height]] of sizes.entries()) {
      const picture = striped(storedWidth, storedHeight, orientation);
      const data = noise(orientation, storedWidth * storedHeight * 3);
      const upright = orient({ data, width: storedWidth, height: storedHeight, channels: 3 }, orientation);
      assert.equal(uprightSize(picture), { width: upright.width, height: upright.height });
      const filter = (['box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as const)[(i + orientation) % 5];
      const target = { width, height, filter };
      assert.ok(resizesInStripes(picture, target));
      const what = `${orientation}: ${storedWidth} × ${storedHeight} to ${width} × ${height}, ${filter}`;
      assert.equal(await resizeStripes(picture, target), resize(upright, width, height, filter), what);
    }
  }
});

test('a large JPEG of any orientation needs a fraction of the memory that its pixels take', async () => {
  const [width, height] = [1600, 1200];
  const { data } = encodeJpeg(
    { data: Uint8Array.from({ length: width * height * 4 }, (_, i) => (i >> 7) ^ (i & 3)), width, height },
    60,
  );
  const upright = await decode(new Uint8Array(data));
  let peak = 0;
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    const before = grow.call(this, pages);
    peak = Math.max(peak, this.buffer.byteLength);
    return before;
  };
  for (let orientation = 1; orientation <= 8; orientation++) {
    const exif = [
      0xff,
      0xd8,
      0xff,
      0xe1,
      0,
      34,
      ...Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0'),
    ];
    const bytes = Uint8Array.from([...exif, orientation, 0, 0, 0, 0, 0, 0, ...data.subarray(2)]);
    const target = { width: 96, height: 112, filter: 'bicubic' } as const;
    const { pixels, isResized } = await decodeResized(bytes, {}, () => target);
    assert.ok(isResized);
    assert.equal(pixels, resize(orient(upright, orientation), 96, 112, 'bicubic'), `${orientation}`);
  }
  WebAssembly.Memory.prototype.grow = grow;
  assert.ok(
    peak > 0 && peak - data.length < (width * height * 3) / 2,
    `${peak} bytes, of which ${data.length} are the file`,
  );
});

test('one that stays as it is, or takes the nearest pixels, comes whole', async () => {
  const target = { width: 5, height: 5, filter: 'bicubic' } as const;
  assert.is((await decodeResized(large, {}, () => ({ ...target, width: 701, height: 503 }))).isResized, false);
  assert.is((await decodeResized(large, {}, () => null)).isResized, false);
  assert.is((await decodeResized(large, {}, () => ({ ...target, filter: 'nearest' }))).isResized, false);
});

test('an abort is heard, and a size that cannot be is refused', async () => {
  const target = { width: 5, height: 5, filter: 'bicubic' } as const;
  const aborted = decodeResized(large, { signal: AbortSignal.abort() }, () => target);
  await refused(() => aborted, 'Aborted');
  await refused(() => decodeResized(large, {}, () => ({ ...target, width: 0 })), 'InvalidArgument', /0 × 5/);
});

test.run();
