import { BeitError, check } from '../../errors.ts';

/** Marker codes (the byte after FF) that the decoder knows by name. */
export const MARKER = {
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

/** The segment whose marker is the first at or after `at`; other bytes before it are skipped. */
export function nextSegment(bytes: Uint8Array, at: number): JpegSegment {
  while (at < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0xff && bytes[at + 1] !== 0)) at++;
  if (at + 1 >= bytes.length) throw new BeitError('InvalidImage', 'Cannot decode JPEG: the file is truncated');
  const marker = bytes[at + 1];
  const stands = (marker >= MARKER.restart && marker <= MARKER.end) || marker === 1; // alone, without data
  if (stands) return { marker, at, data: bytes.subarray(0, 0), next: at + 2 };
  const known = (marker >= 0xc0 && marker < 0xf0 && !UNKNOWN.has(marker)) || marker === MARKER.comment;
  check(known, 'InvalidImage', () => `Cannot decode JPEG: no segment is called FF${marker.toString(16).toUpperCase()}`);
  const length = (bytes[at + 2] << 8) | bytes[at + 3];
  const fits = length >= 2 && at + 2 + length <= bytes.length;
  check(fits, 'InvalidImage', () => `Cannot decode JPEG: segment FF${marker.toString(16).toUpperCase()} is truncated`);
  return { marker, at, data: bytes.subarray(at + 4, at + 2 + length), next: at + 2 + length };
}
