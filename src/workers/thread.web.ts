import { holdLock } from '../platform/web/watchWorker.ts';
import { prepare } from '../wasm/threads/serve.ts';

// worker.web.js: one thread of a pool in a browser
const held = holdLock();
self.addEventListener('message', start, { once: true });

async function start({ data }: MessageEvent): Promise<void> {
  self.addEventListener('message', prepare(data), { once: true });
  self.postMessage(await held);
}
