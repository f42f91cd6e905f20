import type { ModelWorker, StartModelWorker } from '../modelWorker.ts';
import { uniqueName, watchWorker } from './watchWorker.ts';

/** Starts the worker in which a page's model lives; null in a worker, which has no document: what is loaded there stays there. */
export const startModelWorker: StartModelWorker | null =
  typeof document === 'object' && typeof Worker === 'function' ? start : null;

function start(onFailure: (cause: unknown) => void): ModelWorker {
  const name = uniqueName('model');
  const worker = new Worker(new URL('./model.web.js', import.meta.url), { type: 'module', name });
  return { port: worker, terminate: watchWorker(worker, name, onFailure) };
}
