import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { filesOf } from '../../../src/weights/byteSource.ts';
import { openCheckpoint } from '../../../src/weights/checkpoint.ts';

const SECONDS = 0.1;
const KILOBYTES = 16 * 1024;

/** Opens `bytes` under `name` and reads every tensor; answers the code it is refused with, or `accepted`. */
export async function outcome(bytes: Uint8Array, name: string, allowStubs = false): Promise<string> {
  try {
    const checkpoint = await openCheckpoint(filesOf({ [name]: bytes }), { file: name, allowStubs });
    await checkpoint.visit(() => ({ grain: 1, put: () => undefined }));
    return 'accepted';
  } catch (error) {
    if (error instanceof BeitError) return error.code;
    throw error;
  }
}

/** Of the processor: on a busy machine the clock on the wall says little. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Every file is refused with `code`, within 100 ms of processor time, and the process's high-water mark does not rise by 16 MB. */
export async function assertRefused(bytes: Uint8Array, name: string, code: string, label: string): Promise<void> {
  const peak = process.resourceUsage().maxRSS;
  let seconds = Infinity;
  // the compiler's threads count too, so that a first try can be slow without anything being wrong
  for (let attempt = 0; attempt < 3 && seconds >= SECONDS; attempt++) {
    const started = cpuSeconds();
    assert.is(await outcome(bytes, name), code, label);
    seconds = cpuSeconds() - started;
  }
  assert.ok(seconds < SECONDS, `${label}: ${seconds} s`);
  const grown = process.resourceUsage().maxRSS - peak;
  assert.ok(grown < KILOBYTES, `${label}: ${grown} kB`);
}
