import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { filesOf, type ModelFiles } from '../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';
import type { FloatSink } from '../../../src/weights/stream/sink.ts';
import { shareOf, workOf } from './workOf.ts';

/** What the collector may not have come to yet; a bomb takes hundreds. */
const KILOBYTES = 64 * 1024;

/** Opens `file` and reads every tensor; answers the code it is refused with, or `accepted`. */
export async function outcomeOf(
  files: ModelFiles,
  file: string,
  allowStubs: boolean,
  put: FloatSink['put'],
): Promise<string> {
  try {
    const checkpoint = await openCheckpoint(files, { file, allowStubs });
    await checkpoint.visit((_, { shape }) => ({ grain: shape.at(-1) || 1, put }));
    return 'accepted';
  } catch (error) {
    if (error instanceof BeitError) return error.code;
    throw error;
  }
}

/** The same of one file in memory. */
export function outcome(bytes: Uint8Array, name: string, allowStubs = false): Promise<string> {
  return outcomeOf(filesOf({ [name]: bytes }), name, allowStubs, () => undefined);
}

/** Every file is refused with `code`, after no more work than its size allows, and without raising the high-water mark of the process by 64 MB. */
export async function assertRefused(bytes: Uint8Array, name: string, code: string, label: string): Promise<void> {
  const peak = process.resourceUsage().maxRSS;
  const work = await workOf(filesOf({ [name]: bytes }), async (files, put) => {
    assert.is(await outcomeOf(files, name, false, put), code, label);
  });
  assert.ok(shareOf(work, bytes.length) <= 1, `${label}: ${JSON.stringify(work)} for ${bytes.length} bytes`);
  const grown = process.resourceUsage().maxRSS - peak;
  assert.ok(grown < KILOBYTES, `${label}: ${grown} kB`);
}
