import { denoPlatform } from './deno.ts';
import { inlineCore } from './inlineCores.ts';
import type { Platform } from './platform.ts';

/** What JSR gets: a registry of modules that are not files, without the cores that import their memory. */
export const platform: Platform = {
  ...denoPlatform,
  core: inlineCore,
  threads: { ...denoPlatform.threads, start: null },
};
