import { type MessagePort, Worker } from 'node:worker_threads';
import type { Watch } from '../../wasm/threads/thread.ts';
import script from '../../workers/thread.node.ts?script';

/** What a worker script is told instead of `WorkerStart`: to hear the ends of threads 1, 2, …. */
export interface ExitPortWatchStart {
  readonly control: SharedArrayBuffer;
  readonly exitPorts: readonly MessagePort[];
}

/** Deno and Bun start a worker even while the thread that asked for it sleeps; so there is none before one is needed. */
export const watchExitPorts: Watch = (threads, { buffer }) => {
  let worker: Worker | null = null;
  return {
    arm() {
      if (worker) return;
      worker = new Worker(script, { eval: true, name: 'beit watcher' });
      worker.once('error', () => {});
      worker.unref();
      const exitPorts = threads.map(({ liveness }) => liveness as MessagePort);
      worker.postMessage({ control: buffer, exitPorts } satisfies ExitPortWatchStart, exitPorts);
    },
    end: () => void worker?.terminate(),
  };
};
