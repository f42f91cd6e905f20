import type { Watch } from '../../wasm/threads/thread.ts';

/** What a worker script is told instead of `WorkerStart`: to hear the ends of threads 1, 2, …, which hold the locks of these names. */
export interface LockWatchStart {
  readonly control: SharedArrayBuffer;
  readonly names: readonly string[];
}

/** From the start on: a browser starts no worker while the thread that asked for it sleeps. */
export const watchLocks: Watch = (threads, { buffer }) => {
  const worker = new Worker(new URL('./worker.web.js', import.meta.url), { type: 'module', name: 'beit watcher' });
  const names = Promise.all(threads.map(({ liveness }) => liveness as Promise<string>));
  void names.then((names) => worker.postMessage({ control: buffer, names } satisfies LockWatchStart));
  return { arm() {}, end: () => worker.terminate() };
};
