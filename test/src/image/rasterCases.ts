import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { decode } from '../../../src/image/decode.ts';
import { refused } from '../refused.ts';
import { sha } from './sha.ts';

/** A file of fixtures/image, with what Pillow makes of it; null where Pillow refuses it. */
type Case = readonly [name: string, width: number | null, height: number, hash: string, base64: string];

/** The files of one format that fixtures/make/rasters.py wrote. */
export function rasterCases(format: string): Case[] {
  return JSON.parse(readFileSync(`fixtures/image/${format}.json`, 'utf8'));
}

/** The bytes of a case. */
export function fileOf([, , , , base64]: Case): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Decodes every file to Pillow's pixels, and refuses what Pillow refuses. */
export async function assertLikePillow(cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    const [name, width, height, hash] = one;
    if (width === null) {
      await refused(decode(fileOf(one)));
      continue;
    }
    const image = await decode(fileOf(one));
    assert.equal([image.width, image.height, image.channels], [width, height, 3], name);
    assert.is(sha(image.data), hash, name);
  }
}

/** Every beginning of a file is refused as `InvalidImage`, but for the last bytes, which Pillow does not miss. */
export async function assertTruncatedRefused(file: Uint8Array, unneeded: number): Promise<void> {
  for (let length = 0; length < file.length - unneeded; length++) {
    await refused(decode(file.subarray(0, length)), 'InvalidImage');
  }
  await decode(file.subarray(0, file.length - unneeded));
}
