import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { decode } from '../../../src/image/decode.ts';
import { Allocations } from '../allocations.ts';
import { mutated } from '../weights/mutation.ts';
import { fileOf, rasterCases } from './rasterCases.ts';

/** What a picture may have, so that one that lies about its size costs no more. */
const MOST_PIXELS = 1_000_000;
/** Bytes a pixel: samples, RGB, and RGB once more where it is turned upright. */
const BYTES_OF_PIXEL = 12;
/** Bytes a byte of the file: the most that one of LZW gives. */
const BYTES_OF_BYTE = 4096;
const SLOWEST_MS = 2000;

/** What came of the mutations of a format. */
export interface PictureOutcomes {
  readonly codes: Map<string, number>;
  slowest: number; // ms
  most: number; // bytes
}

/**
 * Decodes `runs` mutations of the pictures in fixtures/image. Fails for an error that is none of ours, for one that takes
 * more than two seconds, and for one that asks for more memory than its size allows; fast-check then shrinks it.
 */
export async function mutatePictures(format: string, runs: number, seed: number): Promise<PictureOutcomes> {
  const seeds = rasterCases(format).map(fileOf);
  const outcomes: PictureOutcomes = { codes: new Map(), slowest: 0, most: 0 };
  const property = fc.asyncProperty(mutated(seeds), async (bytes) => {
    const started = performance.now();
    using allocations = new Allocations();
    const code = await outcomeOf(bytes);
    const ms = performance.now() - started;
    outcomes.codes.set(code, (outcomes.codes.get(code) ?? 0) + 1);
    outcomes.slowest = Math.max(outcomes.slowest, ms);
    outcomes.most = Math.max(outcomes.most, allocations.bytes);
    assert.ok(ms < SLOWEST_MS, `${ms} ms`);
    const allowed = MOST_PIXELS * BYTES_OF_PIXEL + bytes.length * BYTES_OF_BYTE;
    assert.ok(allocations.bytes <= allowed, `${allocations.bytes} bytes for a file of ${bytes.length}`);
  });
  await fc.assert(property, { numRuns: runs, seed });
  return outcomes;
}

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const { data, width, height } = await decode(bytes, { maxPixels: MOST_PIXELS });
    assert.is(data.length, width * height * 3);
    return 'decoded';
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    assert.ok(['InvalidImage', 'ImageTooLarge', 'UnsupportedFormat'].includes(error.code), error.code);
    return error.code;
  }
}
