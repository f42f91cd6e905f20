import { prepare } from '../wasm/threads/serve.ts';

// worker.web.js: one thread of a pool in a browser
self.addEventListener('message', start, { once: true });

function start({ data }: MessageEvent): void {
  self.addEventListener('message', prepare(data), { once: true });
  self.postMessage('ready');
}
