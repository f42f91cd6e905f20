// npm run ok: everything that CI checks. `.ci/run` installs the tools and calls it. It stops at the first failure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const NODE_24 = '.cache/runtimes/node_modules/node-24/bin/node';

/** Commands in order; `env` is added to theirs, `attempts` is how often one may fail less one. */
const STEPS = [
  { command: 'npm run demo' },
  { command: 'npm run build:check' },
  { command: 'npm run lint' },
  { command: 'npm test' },
  { command: 'node scripts/notices.mjs --check' },
  // the relaxed builds of the kernels need a Node that has relaxed SIMD, and wide vectors need this one
  { command: 'npm test -- test/core-as engine/wideVectors loading/loadModel', env: { TEST_NODE: NODE_24 } },
  { command: 'npm run sizes' },
  { command: 'npm run test:package' },
  { command: 'npm run test:clients' },
  { command: 'npm run test:queue' },
  // browsers are slow on a busy machine: a second run decides
  { command: 'npm run test:examples', attempts: 2 },
  { command: 'npm run test:runtimes -- --require-all', attempts: 2 },
  { command: 'node scripts/run.mjs test/processors/x64.ts' },
  { command: 'node scripts/run.mjs test/processors/arm64.ts --short' },
  { command: 'npm run test:slow' },
];

if (!existsSync(NODE_24)) throw new Error('Cannot find the runtimes that tests need: run `npm run tools` once');
const failed = STEPS.find((step) => !passes(step));
console.log(failed ? `\nFailed: ${failed.command}` : '\nAll is well.');
process.exitCode = failed ? 1 : 0;

function passes({ command, env, attempts = 1 }) {
  const begun = performance.now();
  const options = { shell: true, stdio: 'inherit', env: { ...process.env, ...env } };
  console.log(`\n── ${command}`);
  const passed = spawnSync(command, options).status === 0;
  console.log(`── ${command}: ${passed ? 'passed' : 'failed'} in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  return passed || (attempts > 1 && passes({ command, env, attempts: attempts - 1 }));
}
