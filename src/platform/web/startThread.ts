import type { StartThread } from '../../wasm/threads/thread.ts';

/** A thread on the web's `Worker`. Only this library can end one, and a browser says nothing of its end. */
export const startThread: StartThread = (start, { ready, failed }) => {
  const worker = new Worker(new URL('./worker.web.js', import.meta.url), {
    type: 'module',
    name: `beit ${start.index}`,
  });
  worker.addEventListener('message', ready, { once: true });
  worker.addEventListener('error', (event) => failed(event.message || 'the worker script cannot be loaded'));
  worker.postMessage(start);
  return { alive: () => undefined, terminate: async () => worker.terminate() };
};
