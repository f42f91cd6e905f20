import type { StartModelWorker } from '../modelWorker.ts';

/** The worker in which a page's model lives. */
export const startModelWorker: StartModelWorker = (onFailure) => {
  const worker = new Worker(new URL('./model.web.js', import.meta.url), { type: 'module', name: 'beit model' });
  worker.addEventListener('error', (event) => onFailure(event.message || 'the worker script cannot be loaded'));
  return { port: worker, terminate: () => worker.terminate() };
};
