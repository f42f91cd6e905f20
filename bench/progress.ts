/** `done` of `total` steps are finished, the last of them was `step`. */
export type Progress = (step: string, done: number, total: number) => void;

/** The part of a stream that is needed to print progress. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two lines: a terminal rewrites its line, a log grows. */
const [TERMINAL_MS, LOG_MS] = [500, 10_000];

/** Prints how far `section` is and about how long it will take, at most once in a while, and its last step always. */
export function printProgress(section: string, stream: ProgressStream = process.stderr, now = () => performance.now()) {
  const begun = now();
  let last = begun;
  const report: Progress = (step, done, total) => {
    const time = now();
    if (done < total && time - last < (stream.isTTY ? TERMINAL_MS : LOG_MS)) return;
    last = time;
    const left = ((time - begun) / done) * (total - done);
    const text = `${section}: ${done} of ${total}, ${step}; ${minutes(time - begun)}, about ${minutes(left)} left`;
    stream.write(stream.isTTY ? `\r${text}\x1b[K${done === total ? '\n' : ''}` : `${text}\n`);
  };
  return report;
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1e3);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
