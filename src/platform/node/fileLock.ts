import { mkdir, open, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { sleep } from '../../hub/http/timing.ts';
import { errno, ifThere, onDisk } from './fileSystemError.ts';

/** How often a waiter looks, and how often a holder shows that it lives. Units: ms. */
const POLL = 100;
const HEARTBEAT = 5_000;
/** A lock that was not touched for this long is taken over. */
const STALE = 30_000;

/**
 * An exclusive lock between processes: a file that only one can create, naming its holder. A lock whose process died
 * (this host) or that shows no life (any host) is taken over. Like the locks of `huggingface_hub` it saves downloading
 * twice and is not what keeps files whole: content goes to files of one's own and becomes visible by a rename.
 *
 * @param isDone asked before each wait; when it answers true there is no need for the lock and null is returned.
 * @returns what releases the lock.
 * @throws `FileSystem`, `Aborted`
 */
export async function acquireLock(
  path: string,
  signal: AbortSignal | undefined,
  isDone: () => Promise<boolean>,
): Promise<(() => Promise<void>) | null> {
  await onDisk(`create the folder of ${path}`, () => mkdir(dirname(path), { recursive: true }));
  for (;;) {
    if (await isDone()) return null;
    if (await create(path)) return hold(path);
    if (await isStale(path)) await ifThere(`take over ${path}`, () => unlink(path));
    else await sleep(POLL, signal);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o664);
    await file.writeFile(`${process.pid} ${hostname()}`);
    await file.close();
    return true;
  } catch (cause) {
    if (errno(cause) === 'EEXIST') return false;
    return await onDisk(`lock ${path}`, () => Promise.reject(cause));
  }
}

function hold(path: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT);
  beat.unref?.();
  return async () => {
    clearInterval(beat);
    await unlink(path).catch(() => undefined);
  };
}

async function isStale(path: string): Promise<boolean> {
  const found = await ifThere(`look at ${path}`, () => stat(path));
  if (!found) return false;
  if (Date.now() - found.mtimeMs > STALE) return true;
  const [pid, host] = ((await ifThere(`read ${path}`, () => readFile(path, 'utf8'))) ?? '').split(' ');
  return host === hostname() && Number(pid) > 0 && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errno(cause) === 'EPERM';
  }
}
