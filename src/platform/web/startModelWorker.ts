import type { StartModelWorker } from '../modelWorker.ts';
import { uniqueName, watchWorker } from './watchWorker.ts';

/** The worker in which a page's model lives. */
export const startModelWorker: StartModelWorker = (onFailure) => {
  const name = uniqueName('model');
  const worker = new Worker(new URL('./model.web.js', import.meta.url), { type: 'module', name });
  return { port: worker, terminate: watchWorker(worker, name, onFailure) };
};
