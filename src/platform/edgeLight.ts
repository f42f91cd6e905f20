import type { WasmFile } from '../wasm/core.ts';
import picture from './core.picture.wasm?module';
import strict from './core.strict.wasm?module';
import webp from './core.webp.wasm?module';
import { isolatePlatform } from './isolate.ts';
import type { Platform } from './platform.ts';

const MODULES: Partial<Record<WasmFile, WebAssembly.Module>> = {
  'core.picture.wasm': picture,
  'core.webp.wasm': webp,
};

/** Vercel's edge runtime and Next.js, whose bundlers make a compiled module of `?module`. */
export const platform: Platform = {
  ...isolatePlatform,
  name: 'edge-light',
  core: async (file: WasmFile) => MODULES[file] ?? strict,
  // all modules are compiled at the start, and Next.js runs its edge routes in the Node at hand, which may be Node 20
  avoidRelaxedReason: () => 'Node 20, which may run edge routes, cannot compile relaxed SIMD',
};
