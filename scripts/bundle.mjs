// How TypeScript becomes runnable JavaScript: one set of esbuild options for tests, benches and scripts.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildConstants } from './build_constants.mjs';
import { embed } from './embed.mjs';

/** Bundles `entryPoints` for Node into `outdir`, packages left outside. The result has esbuild's metafile. */
export function bundleForNode(entryPoints, outdir) {
  return build({
    entryPoints,
    outdir,
    outbase: '.',
    bundle: true,
    splitting: true,
    packages: 'external',
    conditions: ['node'],
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
    plugins: [embed({ dev: true })],
    metafile: true,
    logLevel: 'error',
    // what the sources find beside themselves is in dist/
    define: {
      ...buildConstants('node'),
      'import.meta.url': JSON.stringify(pathToFileURL(resolve('dist/index.js')).href),
    },
  });
}
