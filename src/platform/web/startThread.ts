import type { StartThread } from '../../wasm/threads/thread.ts';

/** What a worker has to leave by itself, in milliseconds. */
const LEAVE_MS = 50;
/** Chromium lets an ended worker compute on for two seconds. */
const LINGER_MS = 3000;

/**
 * A thread on the web's `Worker`. A browser says nothing of a worker's end, but it lets go of the locks that the worker
 * held: whoever starts one waits for the lock of its name.
 */
export const startThread: StartThread = (start, { ready, failed }) => {
  const name = `beit ${start.index} ${crypto.randomUUID()}`;
  const worker = new Worker(new URL('./worker.web.js', import.meta.url), { type: 'module', name });
  const ended = () => failed('it was ended');
  let gone: Promise<unknown> = Promise.resolve();
  worker.addEventListener(
    'message',
    ({ data }) => {
      if (data === 'locked') gone = navigator.locks.request(name, ended).catch(() => {});
      ready();
    },
    { once: true },
  );
  worker.addEventListener('error', (event) => failed(event.message || 'the worker script cannot be loaded'));
  const end = worker.terminate.bind(worker);
  worker.terminate = () => {
    end();
    ended();
  };
  worker.postMessage(start);
  // a worker that was told to stop leaves its sleep first; one that computes on is ended all the same
  const terminate = async () => {
    await sleep(LEAVE_MS);
    worker.terminate();
    await Promise.race([gone, sleep(LINGER_MS)]);
  };
  return { go: () => worker.postMessage('go'), alive: () => undefined, terminate };
};

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
