import { concatBytes } from '../../concatBytes.ts';
import { BeitError, check } from '../../errors.ts';
import { exifOrientation, startsWith, xmpOrientation } from '../exif.ts';
import { checkPixelCount } from '../pixels.ts';
import { isFrame, type JpegFrame, readFrame } from './jpegFrame.ts';
import { type JpegSegment, MARKER, nextSegment } from './jpegSegments.ts';
import { define, emptyTables, type JpegTables } from './jpegTables.ts';

const XMP = 'http://ns.adobe.com/xap/1.0/\0';

/** A JPEG that has been read up to its first scan. */
export interface JpegFile {
  readonly bytes: Uint8Array;
  readonly frame: JpegFrame;
  readonly tables: JpegTables;
  readonly firstScan: JpegSegment;
  readonly orientation: number; // 1…8, as EXIF counts
}

/** Reads a JPEG up to its first scan, and rejects what is too large or inconsistent. */
export function openJpeg(bytes: Uint8Array, maxPixels?: number): JpegFile {
  let frame: JpegFrame | undefined;
  const exif: Uint8Array[] = [];
  let xmp: Uint8Array | undefined;
  const tables = emptyTables();
  let segment = nextSegment(bytes, 2);
  for (; segment.marker !== MARKER.scan && segment.marker !== MARKER.end; segment = nextSegment(bytes, segment.next)) {
    const { marker, data } = segment;
    // libjpeg passes over it, and Pillow has given up before
    check(marker !== MARKER.temporary, 'InvalidImage', 'Cannot decode JPEG: no segment is called FF01');
    define(tables, segment);
    check(!isFrame(marker) || !frame, 'InvalidImage', 'Cannot decode JPEG: it has two frames');
    if (isFrame(marker)) frame = readFrame(segment);
    if (marker === MARKER.app1 && startsWith(data, 'Exif\0\0')) exif.push(data.subarray(6));
    if (marker === MARKER.app1 && startsWith(data, XMP)) xmp = data.subarray(XMP.length);
  }
  if (!frame || segment.marker !== MARKER.scan) {
    throw new BeitError('InvalidImage', 'Cannot decode JPEG: no frame before the first scan');
  }
  checkPixelCount('decode JPEG', frame.width, frame.height, maxPixels);
  // an EXIF block longer than 64 KB is split over several segments
  const orientation = exifOrientation(concatBytes(exif)) ?? (xmp && xmpOrientation(xmp)) ?? 1;
  return { bytes, frame, tables, firstScan: segment, orientation };
}
