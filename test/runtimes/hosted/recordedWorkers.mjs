// In place of `#modelWorker`: the same, and a list of the workers that hold a model now.
import process from 'node:process';
import { startModelWorker as start } from '../../../src/platform/node/startModelWorker.ts';

export const workers = [];

export function startModelWorker(onFailure) {
  process.once('worker', (worker) => {
    workers.push(worker);
    worker.once('exit', () => workers.splice(workers.indexOf(worker), 1));
  });
  return start(onFailure);
}
