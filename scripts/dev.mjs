// npm run dev: builds the development form and builds again what changes, until it is interrupted.
import { context } from 'esbuild';
import { buildCores } from './build_core.mjs';
import { buildDev, writeOutputs } from './build_dist.mjs';
import { BUNDLES, bundleOptions } from './bundles.mjs';
import { watchFolders } from './watch_folders.mjs';

const openContexts = () => Promise.all(BUNDLES.map((bundle) => context(bundleOptions(bundle, true))));

let begun = performance.now();
await buildDev();
let contexts = await openContexts();
say('built dist/; watching src and core-as');
watchFolders(['src', 'core-as'], rebuild);

async function rebuild(paths) {
  begun = performance.now();
  try {
    if (paths.some((path) => path.startsWith('core-as/'))) await rebuildCores();
    const results = await Promise.all(contexts.map((each) => each.rebuild()));
    for (const { outputFiles } of results) writeOutputs(outputFiles);
    say(`built again after ${paths.join(', ')}`);
  } catch (error) {
    console.error(error.message); // esbuild has printed its own errors with their places
  }
}

/** Bundles contain the hashes of the cores, so their options are made anew. */
async function rebuildCores() {
  await buildCores({ dev: true });
  await Promise.all(contexts.map((each) => each.dispose()));
  contexts = await openContexts();
}

function say(what) {
  console.log(`${new Date().toLocaleTimeString()} ${what} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}
