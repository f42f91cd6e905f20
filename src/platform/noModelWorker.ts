import type { StartModelWorker } from './modelWorker.ts';

/** For runtimes without workers: models live on the calling thread. */
export const startModelWorker: StartModelWorker | null = null;
