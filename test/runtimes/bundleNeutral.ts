import { type BuildOptions, type BuildResult, build } from 'esbuild';

/** Bundles one module for a runtime of any kind: without what a bundler takes for granted of browsers or of Node. */
export function bundleNeutral(options: BuildOptions): Promise<BuildResult> {
  return build({
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    tsconfigRaw: {},
    ...options,
  });
}
