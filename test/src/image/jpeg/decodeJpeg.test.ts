import { readFileSync } from 'node:fs';
import { decode as jpegJs } from 'jpeg-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { sha } from '../sha.ts';

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

test('a gray progressive file is smoothed by rows of its own sampling factor', async () => {
  // 47 × 37, one component of factors 2 × 2, restarts, and a second scan that ends early; written by Pillow and cut
  const file = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wgALCAAlAC8BASIA/8QAGQAAAwEBAQAAAAAAAAAAAAAAAwUGBAEA/90ABAAG/9oACAEBAAAAAQbequaP/9DA3n9nGH//0VmgA3t3/9LV4kVYD//Tnm9cCYcf/8QAGxABAQADAQEBAAAAAAAAAAAABAUCAwYBFBX/2gAIAQEAAQUCknoWtq6DSSg79cKUKcbVQrzW35HPp0ROw//QK+pqPzpvczP8zHpdM6zVG0Ofudz7fijf/9FOafyqdNrKuZ7GDz0/rox817EInKFW/9IxK4rMr87FE9Xsm6jn92+cTLl+dkSNE+ZI/9PpmZEjoilbUo8obZ4YczTdFmqzy1gfOc31n//Z',
    'base64',
  );
  assert.is(sha((await decode(new Uint8Array(file))).data), 'd4adef11442d1513'); // Pillow 13.0
});

const ends = JSON.parse(readFileSync('fixtures/image/jpeg_ends.json', 'utf8'));
const opens = (bytes: Uint8Array) =>
  decode(bytes).then(
    () => '1',
    () => '0',
  );

test('a file without an end opens where libjpeg does not wait for another byte', async () => {
  for (const { data, opens: expected } of ends.ends) {
    const bytes = Buffer.from(data, 'base64').subarray(0, -2);
    let found = '';
    for (let less = 0; less < ends.less; less++) {
      for (let more = 0; more < ends.trailer; more++) {
        const cut = Buffer.concat([bytes.subarray(0, bytes.length - less), Buffer.alloc(more, 'S')]);
        found += await opens(new Uint8Array(cut));
      }
    }
    assert.is(found, expected);
  }
});

test('segments of odd lengths, before the frame and behind the picture, are those that libjpeg takes', async () => {
  const file = Buffer.from(ends.ends[0].data, 'base64');
  for (const [rows, at] of [
    [ends.segments, file.indexOf(Uint8Array.of(255, 192))],
    [ends.behind, file.length - 2],
  ]) {
    for (const [hexadecimal, expected] of rows) {
      const bytes = Buffer.concat([file.subarray(0, at), Buffer.from(hexadecimal, 'hex'), file.subarray(at)]);
      assert.is(await opens(new Uint8Array(bytes)), expected, `${hexadecimal} at ${at}`);
    }
  }
});

test.run();
