import type { Worker } from 'node:worker_threads';
import { localPlatform } from './node/localPlatform.ts';
import { threadStarter } from './node/startThread.ts';
import type { Platform } from './platform.ts';

export const platform: Platform = {
  ...localPlatform,
  name: 'node',
  version: process.versions.node,
  threads: { ...localPlatform.threads, start: threadStarter(isAlive) },
  relaxedIsSlow: '',
};

/** Node reads this from the thread itself: the idle time of an event loop that is no more is −1. */
function isAlive(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle >= 0;
}
