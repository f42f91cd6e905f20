// node scripts/run.mjs test/slow/pillow.ts [COUNT [SEED [KIND…]]]: random pictures through live Pillow and through src/image.
// PYTHON names an interpreter with pillow and numpy. Exits with 1 at the first kind that has a difference.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { BeitError } from '../../src/errors.ts';
import { decode } from '../../src/image/decode.ts';
import type { ResampleFilter } from '../../src/image/resample/resampleFilter.ts';
import { resize } from '../../src/image/resample/resize.ts';
import { sha } from '../src/image/sha.ts';

interface Case {
  readonly data: string;
  readonly found: readonly [width: number, height: number, hash: string] | null;
  readonly error?: string;
  readonly fill?: boolean; // asks for what there is of a file that is cut
  readonly pixels?: string; // then, all that Pillow has
  readonly size: readonly [number, number, number, number];
  readonly filter: ResampleFilter;
  readonly hash: string;
}

const count = Number(process.argv[2] ?? 500);
const seed = Number(process.argv[3] ?? 1);
const python = process.env.PYTHON ?? 'python3';

function cases(kind: string): Case[] {
  const { stdout, stderr, status } = spawnSync(python, ['test/slow/pillow.py', kind, `${count}`, `${seed}`], {
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${python}: ${stderr}`);
  return `${stdout}`
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** With KEEP=FOLDER the first file of each outcome but `same` is written there. */
function keep(kind: string, number: number, data: string): void {
  writeFileSync(`${process.env.KEEP}/${kind}-${number}`, Buffer.from(data, 'base64'));
}

/** `same`, or what differs. */
function compareResize({ data, size: [width, height, newWidth, newHeight], filter, hash }: Case): string {
  const image = { data: new Uint8Array(Buffer.from(data, 'base64')), width, height, channels: 3 };
  return sha(resize(image, newWidth, newHeight, filter).data) === hash ? 'same' : `other pixels (${filter})`;
}

/** Whether Pillow has nothing, which is one color, wherever it has not the same. It may end earlier than we do. */
function hasMore(ours: Uint8Array, pillow: Uint8Array): boolean {
  const colors = new Set<string>();
  for (let at = 0; at < ours.length; at += 3) {
    const [here, there] = [ours, pillow].map((pixels) => pixels.subarray(at, at + 3).join());
    if (here !== there) colors.add(there);
  }
  return colors.size === 1;
}

async function compareDecode({ data, found, fill, pixels, error: refusal }: Case): Promise<string> {
  try {
    const truncated = fill ? 'fill' : 'error';
    // Pillow refuses more pixels
    const image = await decode(new Uint8Array(Buffer.from(data, 'base64')), { maxPixels: 178_956_970, truncated });
    if (!found) return `read, refused by Pillow: ${refusal}`;
    if (image.width === found[0] && image.height === found[1] && sha(image.data) === found[2]) return 'same';
    return pixels && hasMore(image.data, Buffer.from(pixels, 'base64'))
      ? 'more pixels than Pillow has'
      : 'other pixels';
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    return found ? `refused, read by Pillow: ${error.message}` : 'same';
  }
}

const WEBP = ['lossy', 'lossless', 'alpha', 'animation', 'metadata', 'broken', 'cut'].map((kind) => `webp-${kind}`);
/** What need not be as in Pillow, and why. */
const ALLOWED: readonly (readonly [kind: RegExp, outcome: RegExp, reason: string])[] = [
  [/broken/, /./, 'what libjpeg and libwebp make of broken data depends on the build of these'],
  [/^fill-jpeg/, /sampling factors/, 'libjpeg reads nothing of it, and Pillow gives a black picture'],
  [
    /^flipped-png/,
    /read, refused by Pillow: .*broken data stream/,
    'the checksum is not looked at where a chunk ends within three bytes before it',
  ],
  [
    /^fill-png/,
    /read, refused by Pillow: .*Truncated File Read/,
    'Pillow fails where the header of a chunk is cut; here the rest is filled',
  ],
  [
    /^fill-tiff/,
    /read, refused by Pillow: .*decoder error/,
    'libtiff fails where the directory is cut; what is needed of it is there',
  ],
  [
    /^fill-tiff/,
    /refused, read by Pillow: .* block \d+ has/,
    'of compressed YCbCr libtiff shows what its buffer has, filled or not',
  ],
  [/^fill-png/, /more pixels/, 'Pillow leaves out the rows that zlib holds back when the data end'],
];

const KINDS = [
  'resize',
  'png',
  'jpeg',
  'cut-jpeg',
  'edge-jpeg',
  'segments-jpeg',
  'fill-jpeg',
  'fill-png',
  'flipped-png',
  'broken-jpeg',
  'gif',
  'bmp',
  'tiff',
  'fill-gif',
  'fill-bmp',
  'fill-tiff',
  'fill-webp-lossy',
  'fill-webp-lossless',
  ...WEBP,
];
const wanted = process.argv.slice(4);
for (const kind of wanted.length > 0 ? wanted : KINDS) {
  const outcomes = new Map<string, number>();
  for (const one of cases(kind)) {
    const outcome = kind === 'resize' ? compareResize(one) : await compareDecode(one);
    if (outcome !== 'same' && !outcomes.has(outcome) && process.env.KEEP) keep(kind, outcomes.size, one.data);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  const same = outcomes.get('same') ?? 0;
  console.log(`${kind}: ${same} of ${count} the same as Pillow`);
  outcomes.delete('same');
  for (const [outcome, times] of outcomes) {
    const reason = ALLOWED.find(([kinds, allowed]) => kinds.test(kind) && allowed.test(outcome))?.[2];
    console.log(`  ${times} × ${outcome}; ${reason ?? 'no reason is known'}`);
    if (!reason) process.exitCode = 1;
  }
}
