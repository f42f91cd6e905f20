import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MARKER, nextSegment } from '../../../../src/image/jpeg/jpegSegments.ts';
import { refused } from '../../refused.ts';

const test = suite('image/jpeg/jpegSegments');

test('a segment is its marker, a view of its data, and what follows', () => {
  const bytes = Uint8Array.of(1, 255, MARKER.app1, 0, 5, 7, 8, 9, 255, MARKER.end).subarray(1);
  const { marker, at, data, next } = nextSegment(bytes, 0);
  assert.equal([marker, at, [...data], next], [MARKER.app1, 0, [7, 8, 9], 7]);
  assert.is(data.buffer, bytes.buffer);
  assert.is(nextSegment(bytes, next).marker, MARKER.end);
  const empty = nextSegment(Uint8Array.of(255, MARKER.app0, 0, 2), 0);
  assert.equal([empty.data.length, empty.next], [0, 4]);
});

test('bytes that are no marker are passed over: data, stuffed FF, fill bytes', () => {
  const bytes = Uint8Array.of(3, 255, 0, 255, 255, 255, MARKER.end);
  assert.equal(nextSegment(bytes, 0), { marker: MARKER.end, at: 5, data: new Uint8Array(0), next: 7 });
});

test('restart, start, end and TEM stand alone', () => {
  for (const marker of [1, 0xd0, 0xd7, MARKER.start, MARKER.end]) {
    const { data, next } = nextSegment(Uint8Array.of(255, marker, 255, 255), 0);
    assert.equal([data.length, next], [0, 2], `FF${marker.toString(16)}`);
  }
});

test('refuses a file without a further marker, and a segment longer than the file or shorter than its length', async () => {
  for (const bytes of [[], [255], [255, 0, 255], [1, 2, 3], [255, 255]]) {
    await refused(() => nextSegment(Uint8Array.from(bytes), 0), 'InvalidImage', /the file is truncated/);
  }
  for (const rest of [[], [0], [0, 1], [0, 0], [0, 5, 1, 2], [255, 255]]) {
    await refused(() => nextSegment(Uint8Array.of(255, 0xdb, ...rest), 0), 'InvalidImage', /segment FFDB is truncated/);
  }
});

test.run();
