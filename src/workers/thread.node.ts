import { type MessagePort, parentPort } from 'node:worker_threads';
import type { WatchStart } from '../platform/node/watchThreads.ts';
import { Control } from '../wasm/threads/control.ts';
import { prepare, type WorkerStart } from '../wasm/threads/serve.ts';

// worker.node.js: one thread of a pool in Node, Deno and Bun, or who watches over the others
const port = parentPort!;
port.once('message', (start: WatchStart | (WorkerStart & { readonly life: MessagePort })) => {
  if ('lives' in start) watch(start);
  else serve(start, start.life);
});

function serve(start: WorkerStart, life: MessagePort): void {
  const run = prepare(start);
  port.once('message', () => {
    run();
    // not before: a port that nobody holds is closed too
    life.close();
  });
  port.postMessage('ready');
}

function watch({ control, lives }: WatchStart): void {
  const block = new Control(0, control);
  for (const [i, life] of lives.entries()) {
    life.once('close', () => block.fail(i + 1));
    // nothing comes, but listening opens the port and keeps this worker
    life.on('message', () => {});
  }
}
