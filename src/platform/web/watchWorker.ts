/** Chromium lets an ended worker compute on for two seconds. */
const LINGER_MS = 3000;

/**
 * Detects worker termination. A browser has no event for it, but it releases the locks that the worker
 * held: each holds the lock of its own name ({@link holdLock}), and this waits for it, as others may.
 *
 * @returns ends the worker; resolves once it is gone
 */
export function watchWorker(worker: Worker, name: string, failed: (why: string) => void): () => Promise<void> {
  const ended = () => failed('it was ended');
  let gone: Promise<unknown> = Promise.resolve();
  worker.addEventListener(
    'message',
    ({ data }) => {
      if (data === 'locked') gone = navigator.locks.request(name, { mode: 'shared' }, ended).catch(() => {});
    },
    { once: true },
  );
  worker.addEventListener('error', (event) => {
    // it is told as a failure; the page should not hear of it besides
    event.preventDefault();
    failed(event.message || 'the worker script cannot be loaded');
  });
  const end = worker.terminate.bind(worker);
  worker.terminate = () => {
    end();
    ended();
  };
  return async () => {
    worker.terminate();
    await Promise.race([gone, delay(LINGER_MS)]);
  };
}

/** In a worker: 'locked' once it holds the lock of its name, which the browser takes away when the worker ends. */
export function holdLock(): Promise<string> {
  return new Promise((resolve) => {
    const unlocked = () => resolve('unlocked');
    const forever = () => new Promise(() => resolve('locked'));
    if (navigator.locks) navigator.locks.request(self.name, forever).catch(unlocked);
    else unlocked();
  });
}

/** A name that no other worker of this origin has: locks are shared by all its pages. */
export function uniqueName(what: string): string {
  return `beit ${what} ${Math.random()}`;
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
