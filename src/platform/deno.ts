import { localPlatform } from './node/localPlatform.ts';
import { watchExitPorts } from './node/watchExitPorts.ts';
import type { Platform } from './platform.ts';

/** Deno has Node's built-ins. Its own `Worker` cannot be unreferenced, so that a parked one would never let it exit. */
export const denoPlatform: Platform = {
  ...localPlatform,
  name: 'deno',
  version: process.versions.deno ?? '',
  threads: { ...localPlatform.threads, watch: watchExitPorts },
  webgpu: () => import('../webgpu/openGpu.ts'),
  avoidRelaxedReason: () => '',
};
