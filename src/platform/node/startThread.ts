import { MessageChannel, Worker } from 'node:worker_threads';
import type { StartThread } from '../../wasm/threads/thread.ts';
import script from '../../workers/thread.node.ts?script';

/** Whether a worker is alive, asked without returning to the event loop, so without events. */
export type IsAlive = (worker: Worker) => boolean;

/** Threads on Node's `Worker`, which Deno and Bun have too; without `isAlive` where the runtime cannot be asked. */
export function threadStarter(isAlive?: IsAlive): StartThread {
  return (start, { ready, failed }) => {
    const worker = new Worker(script, { eval: true, name: `beit ${start.index}` });
    let gone = false;
    // no event tells of it before the event loop turns, and a leader that waits for this worker does not let it turn
    const end = worker.terminate.bind(worker);
    worker.terminate = () => {
      gone = true;
      return end();
    };
    worker.once('message', () => {
      worker.unref();
      isAlive?.(worker); // the first call must find it alive: Node stores when its event loop began
      ready();
    });
    worker.once('error', failed);
    worker.once('exit', (code) => {
      gone = true;
      failed(`the worker ended with code ${code}`);
    });
    // port2 closes when the thread terminates
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ ...start, exitPort: port2 }, [port2]);
    return {
      reportsExit: true,
      go: () => worker.postMessage('go'),
      alive: () => (gone ? false : isAlive?.(worker)),
      terminate: async () => {
        await worker.terminate();
      },
      liveness: port1,
    };
  };
}
