import { zlibSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../src/image/decode.ts';
import type { DecodeOptions } from '../../../src/image/decodePicture.ts';
import { encodePng } from '../../../src/image/png/encodePng.ts';
import { refused } from '../refused.ts';
import { fileOf, rasterCases } from './rasterCases.ts';

const test = suite('image/slices');
/** Unit: ms of CPU. Compilers and the collector of garbage run beside the decoder and count too. */
const LONGEST = 50;
const [WIDTH, HEIGHT] = [3000, 2000];
const FILL: DecodeOptions = { truncated: 'fill' };

/** A file of the fixtures with other bytes at `at`. */
function changed(file: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at);
  return copy;
}

const big16 = (value: number) => [value >> 8, value & 255];
const little16 = (value: number) => [value & 255, value >> 8];
const little32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

/** A JPEG whose header says that it is large: its data end early. */
function jpeg(name: string, frame: number): Uint8Array {
  const file = fileOf(rasterCases('jpeg').find(([one]) => one.includes(name))!);
  const at = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === frame);
  return changed(file, at + 5, [...big16(4 * HEIGHT), ...big16(WIDTH)]);
}

/** Codes of 8 bits, the table cleared before they grow. */
function gif(width: number, height: number): Uint8Array {
  const codes = new Uint8Array(Math.ceil((width * height) / 120) * 121);
  for (let i = 0; i < codes.length; i++) codes[i] = i % 121 === 0 ? 128 : i & 127;
  const blocks = new Uint8Array(Math.ceil(codes.length / 255) * 256);
  for (let from = 0, to = 0; from < codes.length; from += 255, to += 256) {
    blocks[to] = 255;
    blocks.set(codes.subarray(from, from + 255), to + 1);
  }
  const size = [...little16(width), ...little16(height)];
  const header = [...Buffer.from('GIF89a'), ...size, 0, 0, 0, 44, 0, 0, 0, 0, ...size, 0, 7];
  return concat(header, blocks);
}

function concat(header: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return bytes;
}

/** 8 bits a pixel, and the gray ramp as palette. */
function bmp(width: number, height: number, compression: number, data: Uint8Array): Uint8Array {
  const palette = Array.from({ length: 256 }, (_, i) => [i, i, i, 0]).flat();
  const sizes = [...little32(width), ...little32(height), 1, 0, 8, 0, ...little32(compression)];
  const file = [0x42, 0x4d, ...little32(0), 0, 0, 0, 0, ...little32(54 + 1024)];
  return concat([...file, ...little32(40), ...sizes, ...new Array(20).fill(0), ...palette], data);
}

/** Runs of one pixel; the end of a row is two zeros. */
function runs(width: number, height: number): Uint8Array {
  const row = 2 * width + 2;
  return new Uint8Array(row * height).map((_, i) => (i % row < 2 * width ? 1 : 0));
}

/** One strip of 8 bits a pixel. */
function tiff(width: number, height: number, compression: number, data: Uint8Array): Uint8Array {
  const tags = { 256: width, 257: height, 258: 8, 259: compression, 262: 1, 273: 8 + 2 + 8 * 12 + 4, 277: 1 };
  const all = Object.entries({ ...tags, 279: data.length });
  const entries = all.flatMap(([tag, value]) => [...little16(Number(tag)), 4, 0, 1, 0, 0, 0, ...little32(value)]);
  return concat([0x49, 0x49, 42, 0, 8, 0, 0, 0, ...little16(all.length), ...entries, 0, 0, 0, 0], data);
}

const pixels = new Uint8Array(WIDTH * HEIGHT);
const tall = new Uint8Array(WIDTH * 4 * HEIGHT);

/** Large pictures: each takes longer than one turn of the event loop on a fast processor. Those of WebP are in webp/stripedWebp.test.ts. */
const PICTURES: Readonly<Record<string, () => Uint8Array>> = {
  JPEG: () => jpeg('optimized', 0xc0),
  'progressive JPEG': () => jpeg('40x8 subsampling 0 quality 30 progressive True', 0xc2),
  PNG: () => encodePng({ data: tall, width: WIDTH, height: 4 * HEIGHT, channels: 1 }),
  GIF: () => gif(WIDTH, HEIGHT / 2),
  BMP: () => bmp(WIDTH, 4 * HEIGHT, 0, tall),
  'BMP in runs': () => bmp(WIDTH, HEIGHT / 4, 1, runs(WIDTH, HEIGHT / 4)),
  TIFF: () => tiff(WIDTH, HEIGHT, 1, pixels),
  'TIFF, deflate': () => tiff(WIDTH, HEIGHT, 8, zlibSync(pixels, { level: 1 })),
  'TIFF, PackBits': () => tiff(WIDTH, HEIGHT, 32773, packBits(pixels.length)),
};

/** Runs of two zeros. */
function packBits(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i % 2 ? 0 : 255));
}

/** The most CPU time between two turns of the event loop while `work` runs. */
async function longestGap(work: Promise<unknown>): Promise<number> {
  let [longest, running] = [0, true];
  const ended = work.then(
    () => (running = false),
    (error) => {
      running = false;
      throw error;
    },
  );
  ended.catch(() => {});
  let before = process.cpuUsage();
  while (running) {
    await new Promise((turn) => setImmediate(turn));
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1e3);
    before = process.cpuUsage();
  }
  await ended;
  return longest;
}

for (const [name, make] of Object.entries(PICTURES)) {
  test(`${name}: the event loop turns, and an abort is heard, within ${LONGEST} ms`, async () => {
    const bytes = make();
    const options = name.includes('JPEG') ? FILL : {};
    // the first one also compiles
    const gap = Math.min(await longestGap(decode(bytes, options)), await longestGap(decode(bytes, options)));
    assert.ok(gap < LONGEST, `${gap} ms`);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await refused(decode(bytes, { ...options, signal: controller.signal }), 'Aborted');
  });
}

test.run();
