import type { LockWatchStart } from '../platform/web/watchLocks.ts';
import { holdLock } from '../platform/web/watchWorker.ts';
import { Control } from '../wasm/threads/control.ts';
import { prepare, type WorkerStart } from '../wasm/threads/serve.ts';

// worker.web.js: one thread of a pool in a browser, or the watcher of the others
self.addEventListener('message', ({ data }) => ('names' in data ? watch(data) : serve(data)), { once: true });

async function serve(start: WorkerStart): Promise<void> {
  try {
    self.addEventListener('message', prepare(start), { once: true });
    self.postMessage(await holdLock());
  } catch (error) {
    reportError(error); // an unhandled rejection in a worker is not reported to the page
  }
}

function watch({ control, names }: LockWatchStart): void {
  const block = new Control(0, control);
  for (const [i, name] of names.entries()) navigator.locks.request(name, { mode: 'shared' }, () => block.fail(i + 1));
}
