// How far a download is, for the page and for the worker that trains.
/** What is known while a model loads. */
export interface LoadProgress {
  /** 0 to 1; null while it is not known. */
  readonly share: number | null;
  readonly loaded: number;
  readonly total: number;
  /** Whether nothing has come for a while: the server is slow, or asked again. */
  readonly waiting: boolean;
}

/** After which a download counts as waiting. Unit: ms. */
const QUIET_MS = 2500;

/** Adds up the files of a model. A bar that waits says so, instead of showing the last percent for as long as that takes. */
export function watchProgress(tell: (progress: LoadProgress) => void) {
  const files = new Map<string, { loaded: number; total: number }>();
  let last = performance.now();
  const report = () => {
    const sizes = [...files.values()];
    const loaded = sizes.reduce((sum, file) => sum + file.loaded, 0);
    const total = sizes.reduce((sum, file) => sum + file.total, 0);
    const waiting = performance.now() - last > QUIET_MS;
    tell({ share: total > 0 && !waiting ? loaded / total : null, loaded, total, waiting });
  };
  const timer = setInterval(report, 500);
  return {
    event: (event: { status: string; file?: string; loaded?: number; total?: number }) => {
      if (event.status !== 'progress' || !event.file) return;
      last = performance.now();
      files.set(event.file, { loaded: event.loaded ?? 0, total: event.total ?? 0 });
      report();
    },
    end: () => clearInterval(timer),
  };
}

/** In words. */
export function progressText(name: string, { loaded, total, waiting }: LoadProgress): string {
  const amount = total > 0 ? `: ${inMegabytes(loaded)} of ${inMegabytes(total)}` : '';
  return waiting ? `Waiting for the server of ${name}${amount}` : `Loading ${name}${amount}`;
}

export function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
