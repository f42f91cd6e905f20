import type { StartThread } from '../../wasm/threads/thread.ts';

/** What a worker has to leave by itself, in milliseconds. */
const LEAVE_MS = 50;

/** A thread on the web's `Worker`. Only this library can end one, and a browser says nothing of its end. */
export const startThread: StartThread = (start, { ready, failed }) => {
  const worker = new Worker(new URL('./worker.web.js', import.meta.url), {
    type: 'module',
    name: `beit ${start.index}`,
  });
  worker.addEventListener('message', ready, { once: true });
  worker.addEventListener('error', (event) => failed(event.message || 'the worker script cannot be loaded'));
  worker.postMessage(start);
  return { go: () => worker.postMessage('go'), alive: () => undefined, terminate: () => end(worker) };
};

/** A worker that was told to stop leaves its sleep first; one that computes on is ended all the same. */
async function end(worker: Worker): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
  worker.terminate();
}
