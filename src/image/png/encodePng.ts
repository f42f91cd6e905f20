import { zlibSync } from 'fflate';
import { concatBytes } from '../../concatBytes.ts';
import { crc32 } from '../../crc32.ts';
import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { checkFilled, type Pixels } from '../pixels.ts';
import { PNG_SIGNATURE } from './pngChunks.ts';
import { GREY, RGB, RGBA } from './pngHeader.ts';

const COLOR_TYPES: Readonly<Record<number, number>> = { 1: GREY, 3: RGB, 4: RGBA };

/**
 * Encodes 8-bit gray, RGB or RGBA pixels as a PNG.
 *
 * @param pixels interleaved samples of 8 bits, [height, width, channels] with 1, 3 or 4 channels
 * @returns the bytes of the file
 * @throws `InvalidArgument` when the pixels do not fill `width` × `height` × 1, 3 or 4 channels.
 * @example
 * const png = encodePng({ data: new Uint8Array([255, 0, 0]), width: 1, height: 1, channels: 3 });
 */
export function encodePng(pixels: Pixels): Uint8Array {
  checkFilled('Cannot encode PNG', pixels);
  const { data, width, height, channels } = pixels;
  check(
    channels in COLOR_TYPES,
    'InvalidArgument',
    () => `Cannot encode PNG: expected 1, 3 or 4 channels, got ${quoted(channels)}`,
  );
  const stride = width * channels;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, COLOR_TYPES[channels], 0, 0, 0], 8);
  const packed = zlibSync(filterRows(data, stride, height, channels), { level: 6 });
  return concatBytes([
    Uint8Array.from(PNG_SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', packed),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Every row behind filter 1: the difference to the pixel on the left, which suits overlays and photographs alike. */
function filterRows(data: Pixels['data'], stride: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * stride, (y + 1) * stride);
    const to = y * (stride + 1);
    out[to] = 1;
    for (let i = 0; i < stride; i++) out[to + 1 + i] = i < channels ? row[i] : row[i] - row[i - channels];
  }
  return out;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
