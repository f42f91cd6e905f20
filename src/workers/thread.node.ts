import { parentPort } from 'node:worker_threads';
import { prepare, type WorkerStart } from '../wasm/threads/serve.ts';

// worker.node.js: one thread of a pool in Node, Deno and Bun
const port = parentPort!;
port.once('message', (start: WorkerStart) => {
  const serve = prepare(start);
  port.once('message', serve);
  port.postMessage('ready');
});
