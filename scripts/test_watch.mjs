// npm run test:watch [-- PART OF A PATH…]: runs the tests, and after a change those that import what changed.
import { buildTests, runTests } from './run_tests.mjs';
import { importersOf, testFiles } from './test_files.mjs';
import { watchFolders } from './watch_folders.mjs';

const FOLDERS = ['src', 'core-as', 'test', 'bench'];
const parts = process.argv.slice(2);

await buildTests(testFiles(parts));
await runTests(testFiles(parts));
console.log(`Watching ${FOLDERS.join(', ')}`);
watchFolders(FOLDERS, runAgain);

async function runAgain(changed) {
  try {
    const files = testFiles(parts);
    const { inputs } = await buildTests(files);
    // no test imports the sources of the kernels: those of test/core-as read the modules
    const kernels = changed.some((path) => path.startsWith('core-as/'));
    const affected = new Set([
      ...importersOf(changed, files, inputs),
      ...(kernels ? testFiles(['core-as'], files) : []),
    ]);
    if (affected.size > 0) await runTests([...affected]);
  } catch (error) {
    console.error(error.message); // esbuild has printed its own errors with their places
  }
}
