import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openJpeg } from '../../../../src/image/jpeg/jpegFile.ts';
import { MARKER } from '../../../../src/image/jpeg/jpegSegments.ts';
import { refused } from '../../refused.ts';

const test = suite('image/jpeg/jpegFile');
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const segment = (marker: number, ...data: number[]) => [
  255,
  marker,
  (data.length + 2) >> 8,
  (data.length + 2) & 255,
  ...data,
];
const frame = (width: number, height: number) =>
  segment(MARKER.baseline, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0);
const SCAN = segment(MARKER.scan, 1, 1, 0, 0, 63, 0);
const jpeg = (...parts: number[][]) => Uint8Array.from([255, MARKER.start, ...parts.flat()]);

/** An EXIF block whose directory has `orientation` and, before it, `padding` bytes of nothing. */
function exif(orientation: number, padding = 0): number[] {
  const directory = [0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
  return [
    ...ascii('MM'),
    0,
    42,
    0,
    0,
    (8 + padding) >> 8,
    (8 + padding) & 255,
    ...new Array(padding).fill(0),
    ...directory,
  ];
}
const exifSegment = (part: number[]) => segment(MARKER.app1, ...ascii('Exif\0\0'), ...part);
const XMP = segment(MARKER.app1, ...ascii('http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation="7"/>'));

test('reads the frame, wherever it stands before the first scan', () => {
  const bytes = jpeg(segment(MARKER.app0, 1, 2), frame(9, 5), segment(0xfe, 3), SCAN);
  const file = openJpeg(bytes);
  assert.equal([file.frame.width, file.frame.height, file.orientation], [9, 5, 1]);
  assert.is(file.bytes, bytes);
});

test('an EXIF block may lie in several segments, and goes before XMP', () => {
  const block = exif(6, 3000);
  const parts = [block.slice(0, 1000), block.slice(1000, 3005), block.slice(3005)].map(exifSegment);
  assert.is(openJpeg(jpeg(...parts, frame(9, 5), SCAN)).orientation, 6);
  assert.is(openJpeg(jpeg(XMP, exifSegment(exif(3)), frame(9, 5), SCAN)).orientation, 3);
  assert.is(openJpeg(jpeg(frame(9, 5), XMP, SCAN)).orientation, 7);
  assert.is(openJpeg(jpeg(exifSegment([1, 2, 3]), XMP, frame(9, 5), SCAN)).orientation, 7);
});

test('refuses two frames, none, and none before the scan', async () => {
  await refused(() => openJpeg(jpeg(frame(9, 5), frame(9, 5), SCAN)), 'InvalidImage', /two frames/);
  for (const parts of [[SCAN], [SCAN, frame(9, 5)], [frame(9, 5), [255, MARKER.end]]]) {
    await refused(() => openJpeg(jpeg(...parts)), 'InvalidImage', /no frame before the first scan/);
  }
});

test('a picture has no more pixels than allowed', async () => {
  assert.is(openJpeg(jpeg(frame(9, 5), SCAN), 45).frame.width, 9);
  await refused(() => openJpeg(jpeg(frame(9, 5), SCAN), 44), 'ImageTooLarge', /9 × 5 is 45 pixels, the limit is 44/);
});

test.run();
