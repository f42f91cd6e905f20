import { parentPort } from 'node:worker_threads';
import { serve } from '../wasm/threads/serve.ts';

// worker.node.js: one thread of a pool in Node, Deno and Bun
parentPort!.once('message', (start) => serve(start, () => parentPort!.postMessage('ready')));
