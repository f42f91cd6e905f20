import type { Worker } from 'node:worker_threads';
import { localPlatform } from './node/localPlatform.ts';
import { threadStarter } from './node/startThread.ts';
import type { Platform } from './platform.ts';

/** Deno and Bun run the command too, and do not know how a thread's event loop fares. */
const canAsk = !process.versions.bun && !process.versions.deno;

export const platform: Platform = {
  ...localPlatform,
  name: 'node',
  version: process.versions.node,
  threads: { ...localPlatform.threads, start: threadStarter(canAsk ? isAlive : undefined) },
  avoidRelaxedReason: () => '',
};

/** Node reads this from the thread itself: the idle time of an event loop that has ended is −1. */
function isAlive(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle >= 0;
}
