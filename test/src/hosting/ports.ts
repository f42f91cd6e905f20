import { MessageChannel } from 'node:worker_threads';
import type { Port } from '../../../src/platform/modelWorker.ts';

/** Both ends of a port on this thread; everything is cloned and handed over as between two. */
export function ports() {
  const { port1, port2 } = new MessageChannel();
  return { here: port1 as unknown as Port, there: port2 as unknown as Port, close: () => port1.close() };
}
