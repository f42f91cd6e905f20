import { createLogUpdate } from 'log-update';
import type { BatchProgress } from '../batch/runBatch.ts';
import type { ProgressEvent } from '../loading/source.ts';

const BAR = 24;

/** What is replaced on the terminal. The cursor stays visible, so a command that is killed has nothing to restore. */
const live = createLogUpdate(process.stderr, { showCursor: true });

/** Writes a line to stderr, in the place of the progress that is shown. */
export function tellLine(line: string): void {
  live.clear();
  process.stderr.write(`${line}\n`);
}

/** A line on stderr for what a user should know of a model that loaded. */
export function warnOnTerminal(message: string): void {
  tellLine(`beit: warning: ${message}`);
}

/** Shows loading on stderr if that is a terminal, else nothing. */
export function progressOnTerminal(): ((event: ProgressEvent) => void) | undefined {
  if (!process.stderr.isTTY) return undefined;
  return ({ status, file, progress = 0, loaded = 0, total = 0 }) => {
    if (status === 'done' || status === 'ready') live.clear();
    if (status !== 'progress') return;
    live(`${file} ${barOf(progress / 100)} ${progress.toFixed(0).padStart(3)} %${amount(loaded, total)}`);
  };
}

function barOf(share: number): string {
  const filled = Math.round(share * BAR);
  return '█'.repeat(filled) + '░'.repeat(BAR - filled);
}

/** Nothing, where the server has not said how much there is. */
function amount(loaded: number, total: number): string {
  return total > 0 ? `, ${megabytes(loaded)} of ${megabytes(total)} MB` : '';
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

/** Called after each of `total` pictures, shows how many are done, how fast, and the time left; only on a terminal. */
export function pictureCounter(total: number): (() => void) | undefined {
  if (!process.stderr.isTTY) return undefined;
  const startedAt = performance.now();
  let done = 0;
  return () => {
    done++;
    const rate = (1000 * done) / (performance.now() - startedAt);
    const left = (total - done) / rate;
    if (done === total) live.clear();
    else live(`${done} of ${total} pictures, ${rate.toFixed(1)} a second, ${duration(left)} left`);
  };
}

/** How often a batch tells how far it is: on a terminal, and in a log. Unit: milliseconds. */
const [TERMINAL_MS, LOG_MS] = [100, 5000];

/** Called after each picture of a batch: a bar with rate and time left on a terminal, a line now and then in a log. */
export function batchProgress(): (progress: BatchProgress) => void {
  const { isTTY } = process.stderr;
  const startedAt = performance.now();
  let [computed, next] = [0, startedAt];
  return ({ shard, failed, overall, total }) => {
    computed++;
    const now = performance.now();
    if (now < next && overall !== total) return;
    next = now + (isTTY ? TERMINAL_MS : LOG_MS);
    const rate = (1000 * computed) / (now - startedAt);
    const of = total === null ? '' : ` of ${total}`;
    const left = total === null ? '' : `, ${duration((total - overall) / rate)} left`;
    const failures = failed > 0 ? `, ${failed} failed` : '';
    const line = `${overall}${of} pictures, shard ${shard}${failures}, ${rate.toFixed(1)} a second${left}`;
    const bar = total === null ? '' : `${barOf(overall / total)} `;
    if (!isTTY) process.stderr.write(`${line}\n`);
    else if (overall === total) live.persist(bar + line);
    else live(bar + line);
  };
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(seconds)} s`;
}
