import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { buildCores } from './build_core.mjs';
import { buildDevPart } from './build_dist.mjs';
import { bundleForNode } from './bundle.mjs';
import { BUNDLES } from './bundles.mjs';
import { putFile } from './put_file.mjs';
import { longestFirst } from './test_files.mjs';
import { countTests, runTestFile } from './test_process.mjs';

/** Seconds of each test file in the last run. */
const SECONDS = 'build/test/seconds.json';

/** The command and the package as Node loads it, which tests start and guides import. */
const NODE = BUNDLES.filter(({ platform }) => platform === 'node');

/** Builds what tests use and bundles `files`; returns esbuild's metafile. */
export async function buildTests(files) {
  await buildCores({ dev: true }); // first, because the bundles contain their hashes
  const [{ metafile }] = await Promise.all([bundleForNode(files, 'build/test'), buildDevPart(NODE)]);
  return metafile;
}

/** Runs bundled `files` on all processors. Prints a line for each, then the totals, and returns those. */
export async function runTests(files) {
  const seconds = existsSync(SECONDS) ? JSON.parse(readFileSync(SECONDS, 'utf8')) : {};
  const total = { passed: 0, failed: files.length === 0 ? 1 : 0, skipped: 0 };
  const queue = longestFirst(files, seconds);
  await Promise.all(Array.from({ length: availableParallelism() }, () => drain(queue, total, seconds)));
  putFile(SECONDS, JSON.stringify(seconds));
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total;
}

async function drain(queue, total, seconds) {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const result = await runTestFile(file);
    const counts = countTests(result);
    for (const key of Object.keys(total)) total[key] += counts[key];
    seconds[file] = result.seconds;
    report(file, result, counts);
  }
}

function report(file, { output, seconds }, { passed, failed, skipped, note }) {
  const more = skipped ? `, ${skipped} skipped` : '';
  console.log(`${failed ? 'FAIL' : 'ok  '} ${file} (${passed}${more}, ${seconds.toFixed(1)} s)`);
  if (failed) console.log(output, note);
  for (const line of output.match(/^skip: .*$/gm) ?? []) console.log(`     ${line}`);
}
