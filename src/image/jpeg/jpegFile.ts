import { check } from '../../errors.ts';
import { concat } from '../concat.ts';
import { exifOrientation, startsWith, xmpOrientation } from '../exif.ts';
import { checkPixelCount } from '../pixels.ts';
import { isFrame, type JpegFrame, readFrame } from './jpegFrame.ts';
import { MARKER, nextSegment } from './jpegSegments.ts';

const XMP = 'http://ns.adobe.com/xap/1.0/\0';

/** A JPEG whose header has been checked, its scans not yet decoded. */
export interface JpegFile {
  readonly bytes: Uint8Array;
  readonly frame: JpegFrame;
  readonly orientation: number; // 1…8, as EXIF counts
}

/** Reads a JPEG up to its first scan, and refuses what is too large or cannot be true. */
export function openJpeg(bytes: Uint8Array, maxPixels?: number): JpegFile {
  let frame: JpegFrame | undefined;
  const exif: Uint8Array[] = [];
  let xmp: Uint8Array | undefined;
  let segment = nextSegment(bytes, 2);
  for (; segment.marker !== MARKER.scan && segment.marker !== MARKER.end; segment = nextSegment(bytes, segment.next)) {
    const { marker, data } = segment;
    check(!isFrame(marker) || !frame, 'InvalidImage', 'Cannot decode JPEG: it has two frames');
    if (isFrame(marker)) frame = readFrame(segment);
    if (marker === MARKER.app1 && startsWith(data, 'Exif\0\0')) exif.push(data.subarray(6));
    if (marker === MARKER.app1 && startsWith(data, XMP)) xmp = data.subarray(XMP.length);
  }
  check(frame && segment.marker === MARKER.scan, 'InvalidImage', 'Cannot decode JPEG: no frame before the first scan');
  checkPixelCount('decode JPEG', frame.width, frame.height, maxPixels);
  checkPackedSize(frame, bytes.length);
  // an EXIF block longer than 64 KB lies in several segments
  const orientation = exifOrientation(concat(exif)) ?? (xmp && xmpOrientation(xmp)) ?? 1;
  return { bytes, frame, orientation };
}

/** A Huffman-coded block of 8 × 8 samples takes at least one bit. */
function checkPackedSize({ width, height, components }: JpegFrame, packed: number): void {
  const most = { h: Math.max(...components.map((c) => c.h)), v: Math.max(...components.map((c) => c.v)) };
  const blocks = components.map(
    ({ h, v }) => Math.ceil((width * h) / most.h / 8) * Math.ceil((height * v) / most.v / 8),
  );
  const least = blocks.reduce((a, b) => a + b, 0) / 8;
  check(
    least <= packed,
    'InvalidImage',
    () => `Cannot decode JPEG: ${width} × ${height} pixels cannot come from ${packed} bytes`,
  );
}
