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

async function compareDecode({ data, found, fill, error: refusal }: Case): Promise<string> {
  try {
    const truncated = fill ? 'fill' : 'error';
    // Pillow refuses more pixels
    const image = await decode(new Uint8Array(Buffer.from(data, 'base64')), { maxPixels: 178_956_970, truncated });
    if (!found) return `read, refused by Pillow: ${refusal}`;
    return image.width === found[0] && image.height === found[1] && sha(image.data) === found[2]
      ? 'same'
      : 'other pixels';
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    return found ? `refused, read by Pillow: ${error.message}` : 'same';
  }
}

const WEBP = ['lossy', 'lossless', 'alpha', 'animation', 'metadata', 'broken', 'cut'].map((kind) => `webp-${kind}`);
const KINDS = [
  'resize',
  'png',
  'jpeg',
  'cut-jpeg',
  'edge-jpeg',
  'segments-jpeg',
  'fill-jpeg',
  'fill-png',
  'broken-jpeg',
  'gif',
  'bmp',
  'tiff',
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
  for (const [outcome, times] of outcomes) console.log(`  ${times} × ${outcome}`);
  // Of broken files libjpeg makes what its resynchronisation gives, and libwebp other pixels by each of its transforms where
  // coefficients do not fit into 16 bits. They are reported, not required.
  if (same < count && !kind.includes('broken')) process.exitCode = 1;
}
