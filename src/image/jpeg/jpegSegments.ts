import { check } from '../../errors.ts';

/** Marker codes (the byte after FF) that the decoder knows by name. */
export const MARKER = {
  temporary: 0x01,
  baseline: 0xc0,
  extended: 0xc1,
  progressive: 0xc2,
  huffman: 0xc4,
  arithmetic: 0xcc,
  restart: 0xd0, // to 0xd7
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  quantization: 0xdb,
  lines: 0xdc,
  restartInterval: 0xdd,
  app0: 0xe0,
  app1: 0xe1,
  app14: 0xee,
  comment: 0xfe,
} as const;

/** Between SOF0 and APP15, and yet none that libjpeg reads: JPG, DHP, EXP. */
const UNKNOWN = new Set([0xc8, 0xde, 0xdf]);

/** One marker segment: its code, a view of its data (empty for markers that have none), where it is and what follows. */
export interface JpegSegment {
  readonly marker: number;
  readonly at: number;
  readonly data: Uint8Array;
  readonly next: number;
}

/**
 * The segment whose marker is the first at or after `at`; other bytes before it are skipped. Where the file ends before that
 * segment does, this is an error, or null with `mayEnd`.
 */
export function nextSegment(bytes: Uint8Array, at: number): JpegSegment;
export function nextSegment(bytes: Uint8Array, at: number, mayEnd: boolean): JpegSegment | null;
export function nextSegment(bytes: Uint8Array, at: number, mayEnd = false): JpegSegment | null {
  while (at < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0xff && bytes[at + 1] !== 0)) at++;
  if (at + 1 >= bytes.length) return ended(mayEnd, 'the file');
  const marker = bytes[at + 1];
  const stands = (marker >= MARKER.restart && marker <= MARKER.end) || marker === MARKER.temporary; // alone, without data
  if (stands) return { marker, at, data: bytes.subarray(0, 0), next: at + 2 };
  const name = `FF${marker.toString(16).toUpperCase()}`;
  const known = (marker >= 0xc0 && marker < 0xf0 && !UNKNOWN.has(marker)) || marker === MARKER.comment;
  check(known, 'InvalidImage', () => `Cannot decode JPEG: no segment is called ${name}`);
  const written = (bytes[at + 2] << 8) | bytes[at + 3];
  // libjpeg goes on behind the length of what it skips, however small that is
  const length = isSkipped(marker) ? Math.max(written, 2) : written;
  if (length < 2 || at + 2 + length > bytes.length) return ended(mayEnd && length >= 2, `segment ${name}`);
  return { marker, at, data: bytes.subarray(at + 4, at + 2 + length), next: at + 2 + length };
}

function isSkipped(marker: number): boolean {
  return (marker >= MARKER.app0 && marker <= 0xef) || marker === MARKER.comment || marker === MARKER.lines;
}

function ended(mayEnd: boolean, what: string): null {
  check(mayEnd, 'InvalidImage', `Cannot decode JPEG: ${what} is truncated`);
  return null;
}
