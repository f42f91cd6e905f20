import { Worker } from 'node:worker_threads';
import script from '../../workers/model.node.ts?script';
import type { StartModelWorker } from '../modelWorker.ts';

/** The worker thread in which a model lives. It does not keep the process alive while nothing is asked of it. */
export const startModelWorker: StartModelWorker | null = (onFailure) => {
  const worker = new Worker(script, { eval: true, name: 'beit model' });
  let ended = false;
  worker.once('error', onFailure);
  worker.once('exit', (code) => {
    if (!ended) onFailure(`the worker ended with code ${code}`);
  });
  const port = {
    postMessage: (message: unknown, transfer: Transferable[]) => worker.postMessage(message, transfer as never),
    addEventListener: (_: 'message', listener: (event: { readonly data: unknown }) => void) => {
      worker.on('message', (data) => listener({ data }));
    },
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
  const terminate = () => {
    ended = true;
    return worker.terminate();
  };
  return { port, terminate };
};
