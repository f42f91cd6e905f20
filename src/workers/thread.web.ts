import { prepare } from '../wasm/threads/serve.ts';

// worker.web.js: one thread of a pool in a browser

/** 'locked' once this worker holds the lock of its name, which the browser takes away when the worker ends. */
const life = new Promise<string>((resolve) => {
  const unlocked = () => resolve('unlocked');
  const forever = () => new Promise(() => resolve('locked'));
  if (navigator.locks) navigator.locks.request(self.name, forever).catch(unlocked);
  else unlocked();
});

self.addEventListener('message', start, { once: true });

async function start({ data }: MessageEvent): Promise<void> {
  self.addEventListener('message', prepare(data), { once: true });
  self.postMessage(await life);
}
