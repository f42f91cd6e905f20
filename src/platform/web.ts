import { urlFiles } from '../hub/urlFiles.ts';
import { fetchCore } from './compileCore.ts';
import { coreUrl } from './coreUrl.ts';
import type { Platform } from './platform.ts';
import { startThread } from './web/startThread.ts';
import { watchLocks } from './web/watchLocks.ts';

/** Browsers: the core is beside the script, there is no file system. */
export const platform: Platform = {
  name: 'web',
  version: globalThis.navigator?.userAgent ?? '',
  core: (file) => fetchCore(coreUrl(file)),
  compile: fetchCore,
  // a path is one on the page's own server
  folder: async (path) => (/^(\.{0,2}\/|https?:)/.test(path) ? urlFiles(new URL(path, location.href).href) : null),
  // pages that serve their own weights do not download the hub's client
  hub: async (...access) => (await import('./web/cachedHub.ts')).cachedHub(...access),
  writer: null,
  yieldToEventLoop,
  canYieldDuringPass: true,
  threads: {
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
    start: typeof Worker === 'function' ? startThread : null,
    watch: watchLocks,
  },
  workerByDefault: true,
  webgpu: () => import('../webgpu/openGpu.ts'),
  avoidRelaxedReason: () => '',
};

/** By a message to itself: a timer within timers waits at least 4 ms in browsers, which twelve blocks would feel. */
function yieldToEventLoop(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
