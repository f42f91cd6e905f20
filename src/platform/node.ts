import type { Worker } from 'node:worker_threads';
import { bunPlatform } from './bun.ts';
import { denoPlatform } from './deno.ts';
import { localPlatform } from './node/localPlatform.ts';
import { threadStarter } from './node/startThread.ts';
import { wideVectors } from './node/wideVectors.ts';
import type { Platform } from './platform.ts';

const nodePlatform: Platform = {
  ...localPlatform,
  name: 'node',
  version: process.versions.node,
  threads: { ...localPlatform.threads, start: threadStarter(isAlive) },
  avoidRelaxedReason: () => '',
  wideVectors,
};

/** The three share one build. */
export const platform: Platform = process.versions.deno
  ? denoPlatform
  : process.versions.bun
    ? bunPlatform
    : nodePlatform;

/** Node reads this from the thread itself: the idle time of an event loop that has ended is −1. */
function isAlive(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle >= 0;
}
