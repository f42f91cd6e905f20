import { serve } from '../wasm/threads/serve.ts';

// worker.web.js: one thread of a pool in a browser
self.addEventListener('message', ({ data }) => serve(data, () => self.postMessage('ready')), { once: true });
