// Imported before the library, on a page or in a worker: every worker that the library starts, so that a test can end one.
import { orderDeath } from './dying.mjs';

/** @type {{ worker: Worker, name: string, control?: SharedArrayBuffer }[]} */
export const workers = [];
/** Bytes of the pictures that went to the model's worker last; an address counts as none. */
export const crossed = { bytes: -1 };
const Native = globalThis.Worker;

globalThis.Worker = class extends Native {
  constructor(url, options) {
    super(String(url).endsWith('/worker.web.js') ? new URL('./dyingThread.mjs', import.meta.url) : url, options);
    workers.push({ worker: this, name: options.name });
  }

  postMessage(message, ...more) {
    if (message.control) workers.find(({ worker }) => worker === this).control = message.control;
    if (message.method === 'runImageTask' && 'pictures' in message.argument.input)
      crossed.bytes = [message.argument.input.pictures].flat().reduce((sum, picture) => sum + bytesOf(picture), 0);
    super.postMessage(message, ...more);
  }
};

function bytesOf(picture) {
  if (typeof picture === 'string') return 0;
  return picture.size ?? picture.byteLength ?? picture.data?.byteLength ?? 4 * picture.width * picture.height;
}

const threadsOf = () => workers.filter(({ name }) => /^beit \d/.test(name));

/** Threads that were started so far. */
export const threadCount = () => threadsOf().length;

/** Ends a thread of the youngest pool. */
export function endThread(way, round) {
  const threads = threadsOf();
  const { worker, control } = threads.at(-1 - (round % 2));
  if (way === 'terminate()') worker.terminate();
  else if (way === 'terminate() by another handle') Native.prototype.terminate.call(worker);
  else orderDeath(control, way);
}
