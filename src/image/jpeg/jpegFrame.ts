import { BeitError, check } from '../../errors.ts';
import { type JpegSegment, MARKER } from './jpegSegments.ts';

/** One color component as the frame header declares it. */
export interface JpegComponent {
  readonly id: number;
  readonly h: number; // horizontal sampling factor, 1…4
  readonly v: number; // vertical sampling factor, 1…4
  readonly table: number; // quantization table, 0…3
}

/** What a start-of-frame segment says. */
export interface JpegFrame {
  readonly progressive: boolean;
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
}

/** True for every start-of-frame marker, those of processes that are not read here included. */
export function isFrame(marker: number): boolean {
  return (
    marker >= 0xc0 && marker <= 0xcf && marker !== MARKER.huffman && marker !== 0xc8 && marker !== MARKER.arithmetic
  );
}

/** Reads a frame header: baseline, extended and progressive with Huffman codes, 8 bits, 1, 3 or 4 components. */
export function readFrame({ marker, data }: JpegSegment): JpegFrame {
  const read = marker <= MARKER.progressive;
  check(
    read,
    'UnsupportedFormat',
    () => `Cannot decode JPEG: process FF${marker.toString(16)} (lossless or arithmetic)`,
  );
  const count = data[5];
  if (data.length !== 6 + 3 * count || ![1, 3, 4].includes(count)) refuse(`a frame of ${count} components`);
  check(data[0] === 8, 'UnsupportedFormat', () => `Cannot decode JPEG: ${data[0]} bits a sample, expected 8`);
  const components = Array.from({ length: count }, (_, i) => {
    const [id, factors, table] = data.subarray(6 + 3 * i);
    return { id, h: factors >> 4, v: factors & 15, table };
  });
  for (const { h, v } of components) {
    if (h < 1 || h > 4 || v < 1 || v > 4) refuse(`sampling ${h} × ${v}`);
  }
  const height = (data[1] << 8) | data[2];
  const width = (data[3] << 8) | data[4];
  return { progressive: marker === MARKER.progressive, width, height, components };
}

function refuse(why: string): never {
  throw new BeitError('InvalidImage', `Cannot decode JPEG: ${why} cannot be`);
}
