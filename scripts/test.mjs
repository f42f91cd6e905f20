// node scripts/test.mjs [PART OF A PATH…]: bundles the tests, runs each file in a process of its own, adds up.
// TEST_NODE names another Node to run them in. A file that runs no test fails. The last line is always `N passed, N failed, N skipped`.
import { execFile } from 'node:child_process';
import { bundleForNode } from './bundle.mjs';
import { globSync } from './glob.mjs';

const TIMEOUT_MS = 120_000;
const PARALLEL = 2;
const wanted = process.argv.slice(2);
const files = globSync('test', /\.test\.ts$/).filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)));
const total = { passed: 0, failed: 0, skipped: 0 };

await bundleForNode(files, 'build/test');
const queue = [...files];
await Promise.all(Array.from({ length: PARALLEL }, drain));
if (files.length === 0) total.failed++;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function drain() {
  for (let file = queue.shift(); file; file = queue.shift()) report(file, await run(file));
}

function run(file) {
  const script = `build/test/${file.replace(/\.ts$/, '.mjs')}`;
  const options = { timeout: TIMEOUT_MS, maxBuffer: 1 << 26, env: { ...process.env, FORCE_COLOR: '0' } };
  const started = performance.now();
  return new Promise((done) => {
    execFile(
      process.env.TEST_NODE ?? process.execPath,
      ['--enable-source-maps', script],
      options,
      (error, stdout, stderr) => {
        done({ error, output: stdout + stderr, seconds: (performance.now() - started) / 1000 });
      },
    );
  });
}

function report(file, { error, output, seconds }) {
  const counts = [...output.matchAll(/^\s*Total:\s+(\d+)\n\s*Passed:\s+(\d+)\n\s*Skipped:\s+(\d+)/gm)];
  const [ran, passed, skipped] = [1, 2, 3].map((i) => counts.reduce((sum, m) => sum + Number(m[i]), 0));
  const empty = ran + skipped === 0;
  const broken = empty || (error && ran === passed);
  const failed = ran - passed + (broken ? 1 : 0);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  console.log(
    `${failed ? 'FAIL' : 'ok  '} ${file} (${passed}${skipped ? `, ${skipped} skipped` : ''}, ${seconds.toFixed(1)} s)`,
  );
  if (failed) console.log(output, empty ? 'ran no test' : '', error?.killed ? 'timed out' : '');
  for (const line of output.match(/^skip: .*$/gm) ?? []) console.log(`     ${line}`);
}
