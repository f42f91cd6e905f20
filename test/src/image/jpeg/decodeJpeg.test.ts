import { readFileSync } from 'node:fs';
import { decode as jpegJs } from 'jpeg-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';

const test = suite('image/jpeg/decodeJpeg');

type Case = [name: string, width: number, height: number, sha: string, base64: string];
const cases: Case[] = JSON.parse(readFileSync('fixtures/image/jpeg.json', 'utf8'));

/** The largest difference from jpeg-js, or null where it cannot read the file. */
async function distance(bytes: Uint8Array): Promise<number | null> {
  const ours = (await decode(bytes)).data;
  try {
    const theirs = jpegJs(bytes, { useTArray: true, formatAsRGBA: false }).data;
    return ours.reduce((most, x, i) => Math.max(most, Math.abs(x - theirs[i])), 0);
  } catch {
    return null;
  }
}

/** Pillow's bytes are held elsewhere (decode.test.ts); this is a decoder that shares no code and no reference with ours. */
test('jpeg-js, a second opinion, sees the same pictures where chroma is not subsampled', async () => {
  const rows = await Promise.all(
    cases.map(async ([name, , , , base64]) => {
      return [name, await distance(new Uint8Array(Buffer.from(base64, 'base64')))] as const;
    }),
  );
  const of = (pattern: RegExp) => rows.flatMap(([name, d]) => (d !== null && pattern.test(name) ? [d] : []));
  const [full, halved] = [of(/subsampling 0/), of(/subsampling [12]/)];
  console.log(
    `jpeg-js differs by at most ${Math.max(...full)} levels at 4:4:4, ${Math.max(...halved)} at 4:2:2 and 4:2:0`,
  );
  assert.ok(full.length >= 15, `${full.length} files`);
  assert.ok(
    full.every((d) => d <= 4),
    `4:4:4 differs by ${Math.max(...full)}`,
  );
  assert.ok(Math.max(...halved) > 8, 'its chroma is not interpolated, ours is');
});

test.run();
