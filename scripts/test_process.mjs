import { execFile } from 'node:child_process';

/** QEMU needs longer. */
const TIMEOUT_MS = Number(process.env.TEST_TIMEOUT_MS ?? 120_000);

const ONE_PROCESSOR = new URL('one_processor.mjs', import.meta.url).href;

/** Runs a bundled test file in a process of its own: `{ error, output, seconds }`. TEST_NODE names another Node. */
export function runTestFile(file) {
  const script = `build/test/${file.replace(/\.ts$/, '.mjs')}`;
  const node = process.env.TEST_NODE ?? process.execPath;
  const options = { timeout: TIMEOUT_MS, maxBuffer: 1 << 26, env: { ...process.env, FORCE_COLOR: '0' } };
  const started = performance.now();
  return new Promise((done) => {
    execFile(node, ['--enable-source-maps', '--import', ONE_PROCESSOR, script], options, (error, stdout, stderr) => {
      done({ error, output: stdout + stderr, seconds: (performance.now() - started) / 1000 });
    });
  });
}

/** What uvu printed, counted: `{ passed, failed, skipped, note }`. A file that runs no test has failed. */
export function countTests({ error, output }) {
  const counts = [...output.matchAll(/^\s*Total:\s+(\d+)\n\s*Passed:\s+(\d+)\n\s*Skipped:\s+(\d+)/gm)];
  const [ran, passed, skipped] = [1, 2, 3].map((i) => counts.reduce((sum, match) => sum + Number(match[i]), 0));
  const empty = ran + skipped === 0;
  const broken = empty || (error && ran === passed);
  const note = [empty && 'ran no test', error?.killed && 'timed out'].filter(Boolean).join(', ');
  return { passed, failed: ran - passed + (broken ? 1 : 0), skipped, note };
}
