import { parentPort } from 'node:worker_threads';
import { platform } from '#platform';
import { serveModel } from '../hosting/serveModel.ts';
import { trainingPicture } from '../hosting/trainingPicture.ts';

// the model of a program in Node, Deno and Bun that asked for a worker
const port = parentPort!;
const adapter = {
  postMessage: (message: unknown, transfer: Transferable[]) => port.postMessage(message, transfer as never),
  addEventListener: (_: 'message', listener: (event: { readonly data: unknown }) => void) => {
    port.on('message', (data) => listener({ data }));
  },
};
serveModel(adapter, platform.threads.start, trainingPicture);
