import type { StartThread } from '../../wasm/threads/thread.ts';
import { delay, uniqueName, watchWorker } from './watchWorker.ts';

/** What a worker has to leave by itself, in milliseconds. */
const LEAVE_MS = 50;

/** A thread on the web's `Worker`. */
export const startThread: StartThread = (start, { ready, failed }) => {
  const name = uniqueName(`${start.index}`);
  const worker = new Worker(new URL('./worker.web.js', import.meta.url), { type: 'module', name });
  const end = watchWorker(worker, name, failed);
  const liveness = new Promise<string>((resolve) => {
    const up = ({ data }: MessageEvent) => {
      ready();
      if (data === 'locked') resolve(name);
    };
    worker.addEventListener('message', up, { once: true });
  });
  worker.postMessage(start);
  return {
    go: () => worker.postMessage('go'),
    alive: () => undefined,
    // a worker that was told to stop leaves its delay first; one that computes on is ended all the same
    terminate: () => delay(LEAVE_MS).then(end),
    liveness,
  };
};
