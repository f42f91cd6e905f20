import { check } from '../../../src/errors.ts';
import type { JpegFile } from '../../../src/image/jpeg/jpegFile.ts';
import { MARKER, nextSegment } from '../../../src/image/jpeg/jpegSegments.ts';
import type { RgbPixels } from '../../../src/image/pixels.ts';
import { rowPainter } from './jpegColor.ts';
import { allocatePlanes, type JpegPlanes, placeAll } from './jpegPlanes.ts';
import { readScan } from './jpegScan.ts';
import { define, emptyTables, type JpegTables } from './jpegTables.ts';
import { rowReader } from './upsample.ts';

/** More than any encoder writes; bounds the time that a small file over a large picture can take. */
const MOST_SCANS = 128;

/**
 * In plain loops, the reference of the core for files whose scans are whole: the pixels of a JPEG, bit for bit as libjpeg-turbo decodes it with the settings of Pillow: exact integer inverse DCT,
 * triangle-filtered chroma, and CMYK turned into RGB by Pillow's rule.
 */
export function decodeJpeg(file: Pick<JpegFile, 'bytes' | 'frame'>): RgbPixels {
  const tables = emptyTables();
  const decoded = readScans(file, tables);
  const { width, height } = file.frame;
  const data = new Uint8Array(width * height * 3);
  const readers = decoded.planes.map((plane) => rowReader(plane, decoded));
  const paint = rowPainter(file.frame, tables);
  for (let y = 0; y < height; y++) {
    const rows = readers.map((row) => row(y));
    paint(data, y * width * 3, rows, width);
  }
  return { data, width, height, channels: 3 };
}

function readScans({ bytes, frame }: Pick<JpegFile, 'bytes' | 'frame'>, tables: JpegTables): JpegPlanes {
  const decoded = allocatePlanes(frame);
  let scans = 0;
  for (let at = 2; ; ) {
    const segment = nextSegment(bytes, at);
    if (segment.marker === MARKER.end) break;
    define(tables, segment);
    at = segment.next;
    if (segment.marker !== MARKER.scan) continue;
    check(++scans <= MOST_SCANS, 'InvalidImage', () => `Cannot decode JPEG: it has more than ${MOST_SCANS} scans`);
    at = readScan(bytes, segment, decoded, tables);
  }
  const whole = decoded.planes.every((plane) => plane.quantization);
  check(whole, 'InvalidImage', 'Cannot decode JPEG: the file ends before every component has a scan');
  if (frame.progressive) placeAll(decoded);
  return decoded;
}
