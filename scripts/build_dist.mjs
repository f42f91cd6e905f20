import { readdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { buildCores } from './build_core.mjs';
import { BUNDLES, bundleOptions, isMerged, isMinified } from './bundles.mjs';
import { mergeChunks } from './merge_chunks.mjs';
import { pool } from './pool.mjs';
import { putFile } from './put_file.mjs';

/** Cores and bundles for development: readable, with names and source maps. */
export async function buildDev() {
  await buildCores({ dev: true });
  removeStale(await writeBundles(BUNDLES, true));
}

/** A part of it: only these bundles and cores, all cores when `names` is left out. */
export async function buildDevPart(bundles, names) {
  await buildCores({ names, dev: true });
  await writeBundles(bundles, true);
}

/** Cores and bundles as they are published. */
export async function buildRelease() {
  await buildCores();
  removeStale(await writeBundles(BUNDLES, false));
}

/** Returns the paths of the files. */
async function writeBundles(bundles, dev) {
  const files = await Promise.all(bundles.map((bundle) => writeBundle(bundle, dev)));
  return files.flat();
}

async function writeBundle(bundle, dev) {
  const result = await build(bundleOptions(bundle, dev));
  const files = isMerged(bundle, dev)
    ? await mergeChunks(result, Object.keys(bundle.entryPoints), bundle.merged)
    : result.outputFiles;
  await writeOutputs(files, isMinified(bundle, dev) ? minify : undefined);
  return files.map(({ path }) => path);
}

/** Writes what esbuild made, each text changed by `finish`. */
export function writeOutputs(outputFiles, finish = (text) => text) {
  return Promise.all(outputFiles.map(async ({ path, text }) => putFile(path, await finish(text))));
}

const minify = (text) => pool.run(text, { name: 'minifyScript' });

/** Deletes the scripts and source maps that an earlier build left in dist/. */
function removeStale(written) {
  const names = new Set(written.map((path) => basename(path)));
  for (const name of readdirSync('dist'))
    if (/\.(cjs|js|js\.map)$/.test(name) && !names.has(name)) rmSync(`dist/${name}`, { force: true });
}
