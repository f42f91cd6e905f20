import { type MessagePort, parentPort } from 'node:worker_threads';
import type { ExitPortWatchStart } from '../platform/node/watchExitPorts.ts';
import { Control } from '../wasm/threads/control.ts';
import { prepare, type WorkerStart } from '../wasm/threads/serve.ts';

// one thread of a pool in Node, Deno and Bun, or the watcher of the others
const port = parentPort!;
port.once('message', (start: ExitPortWatchStart | (WorkerStart & { readonly exitPort: MessagePort })) => {
  if ('exitPorts' in start) watch(start);
  else serve(start, start.exitPort);
});

function serve(start: WorkerStart, exitPort: MessagePort): void {
  const run = prepare(start);
  port.once('message', () => {
    run();
    // not before: a port without a holder is closed too
    exitPort.close();
  });
  port.postMessage('ready');
}

function watch({ control, exitPorts }: ExitPortWatchStart): void {
  const block = new Control(0, control);
  for (const [i, exitPort] of exitPorts.entries()) {
    exitPort.once('close', () => block.fail(i + 1));
    // nothing comes, but listening opens the port and keeps this worker
    exitPort.on('message', () => {});
  }
}
