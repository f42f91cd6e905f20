import { localPlatform } from './node/localPlatform.ts';
import { watchExitPorts } from './node/watchExitPorts.ts';
import type { Platform } from './platform.ts';

/** Bun has Node's built-ins. */
export const bunPlatform: Platform = {
  ...localPlatform,
  name: 'bun',
  version: process.versions.bun ?? '',
  threads: { ...localPlatform.threads, watch: watchExitPorts },
  // layers of 197×768×3072 on Zen 4, relaxed ÷ strict: 0.8 with f32 weights, 1.5 with integers (bench/lab/README.md); on ARM the
  // tiles read rows lane by lane and are as fast in both
  avoidRelaxedReason: (integers) =>
    integers || process.arch === 'arm64' ? '' : 'JavaScriptCore runs the f32 tile of the strict core faster',
};
