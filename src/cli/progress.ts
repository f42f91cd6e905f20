import type { ProgressEvent } from '../loading/source.ts';

const BAR = 24;

/** A line on stderr for what a user should know of a model that loaded. */
export function warnOnTerminal(message: string): void {
  process.stderr.write(`beit: warning: ${message}\n`);
}

/** Shows loading on stderr if that is a terminal, else nothing. */
export function progressOnTerminal(): ((event: ProgressEvent) => void) | undefined {
  if (!process.stderr.isTTY) return undefined;
  return ({ status, file, progress = 0, loaded = 0, total = 0 }) => {
    if (status === 'ready') process.stderr.write('\r\x1b[K');
    if (status !== 'progress') return;
    const filled = Math.round((progress / 100) * BAR);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    process.stderr.write(`\r${file} ${bar} ${progress.toFixed(0).padStart(3)} %${amount(loaded, total)}\x1b[K`);
  };
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
    const line = `${done} of ${total} pictures, ${rate.toFixed(1)} a second, ${duration(left)} left`;
    process.stderr.write(`\r${done < total ? line : ''}\x1b[K`);
  };
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(seconds)} s`;
}
