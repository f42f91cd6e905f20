import { BeitError, check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { StartThread, Watch } from './thread.ts';

/** What a runtime offers for threads. */
export interface ThreadSupport {
  /** Logical processors. */
  readonly cores: number;
  /** Null where there are no workers. */
  readonly start: StartThread | null;
  /** Absent where a blocked leader can ask whether a thread is alive. */
  readonly watch?: Watch;
}

/** How many threads run, and what keeps them from being more. */
export interface ThreadChoice {
  readonly threads: number;
  /** Empty when all that were asked for run. */
  readonly threadsReason: string;
}

/** More threads than this gain little on the matrices of one picture. */
const MOST = 8;
/** An explicit number beyond this is a mistake. */
const LIMIT = 64;

/**
 * `'auto'` takes the cores, at most 8, and one thread where the runtime has no workers; a number is taken as it is or rejected.
 * `waits`: whether the thread that will lead may block. `workers`: how many of them divide the cores.
 *
 * @throws `InvalidArgument` for an invalid number of threads, `UnsupportedRuntime` when so many cannot run.
 */
export function chooseThreads(
  wanted: 'auto' | number,
  support: ThreadSupport,
  waits: boolean = canWait(),
  workers = 1,
): ThreadChoice {
  const valid = wanted === 'auto' || (Number.isInteger(wanted) && wanted >= 1 && wanted <= LIMIT);
  check(
    valid,
    'InvalidArgument',
    `Invalid threads: expected 'auto' or an integer of 1 to ${LIMIT}, got ${quoted(wanted)}`,
  );
  const obstacle = obstacleToThreads(support, waits);
  if (wanted === 1) return { threads: 1, threadsReason: 'threads: 1 was asked for' };
  if (wanted === 'auto') return automatic(support.cores, workers, obstacle);
  if (obstacle) throw new BeitError('UnsupportedRuntime', `Cannot run on ${wanted} threads: ${obstacle}`);
  return { threads: wanted, threadsReason: `threads: ${wanted} was asked for` };
}

function automatic(all: number, workers: number, obstacle: string): ThreadChoice {
  if (obstacle) return { threads: 1, threadsReason: obstacle };
  const cores = Math.max(1, Math.floor(all / workers));
  if (workers > 1) return { threads: Math.min(MOST, cores), threadsReason: `${workers} workers share ${all} cores` };
  if (cores > MOST) return { threads: MOST, threadsReason: `automatic choice stops at ${MOST} threads` };
  return { threads: cores, threadsReason: `the machine has ${cores === 1 ? '1 core' : `${cores} cores`}` };
}

/** Why this thread cannot lead others, or ''. */
function obstacleToThreads({ start }: ThreadSupport, waits: boolean): string {
  if (!start) return 'this runtime has no workers';
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false)
    return 'the page is not cross-origin isolated (needs COOP and COEP headers)';
  if (typeof SharedArrayBuffer === 'undefined') return 'this runtime has no shared memory';
  if (!waits) return 'the main thread of a page must not wait; let the model live in a worker';
  return '';
}

/** Whether this thread may block: the main thread of a page may not. */
function canWait(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === 'not-equal';
  } catch {
    return false;
  }
}
