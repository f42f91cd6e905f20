import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, decodeResized } from '../../../src/image/decode.ts';
import { encodePng } from '../../../src/image/png/encodePng.ts';
import { RESAMPLE_FILTERS } from '../../../src/image/resample/resampleFilter.ts';
import { resize } from '../../../src/image/resample/resize.ts';
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

test('what has to be turned, or changes one side alone, comes whole', async () => {
  const turned = cases('jpeg').find(([name]) => name === 'EXIF 6');
  assert.ok(turned);
  const bytes = new Uint8Array(Buffer.from(turned[4], 'base64'));
  const target = { width: 5, height: 5, filter: 'bicubic' } as const;
  assert.is((await decodeResized(bytes, {}, () => target)).isResized, false);
  assert.is((await decodeResized(large, {}, () => ({ ...target, width: 701 }))).isResized, false);
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
