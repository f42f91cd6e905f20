// npm run test:arm64: the digests on arm64, and the tests of the core, on processors that QEMU imitates. Needs qemu-aarch64-static
// and what scripts/install_arm64.mjs fetches; without them it says so and skips, which with --require is a failure. With --short the
// digests of strict and relaxed alone, on the newest instructions.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { holds, prepareDigest } from './run.ts';

/** The newest instructions, and a Raspberry Pi 4, which has no dot product of bytes. */
const PROCESSORS = ['max', 'cortex-a72'];
const CORE_TESTS = [
  'core-as/attention',
  'core-as/core',
  'core-as/gemm',
  'core-as/maps',
  'core-as/rows',
  'wasm/lowering',
];

/** Node on such a processor. */
const on = (processor: string) => resolve(`.cache/arm64/node-${processor}`);

/** The tests of the kernels; those of core-as/simd compile their subject, which takes minutes there. */
function coreTestsHold(processor: string): boolean {
  const env = { ...process.env, TEST_NODE: on(processor), TEST_TIMEOUT_MS: '600000' };
  return spawnSync(process.execPath, ['scripts/test.mjs', ...CORE_TESTS], { env, stdio: 'inherit' }).status === 0;
}

const missing = [
  existsSync(on('max')) ? '' : 'node scripts/install_arm64.mjs has not run',
  spawnSync('qemu-aarch64-static', ['--version']).status === 0
    ? ''
    : 'there is no qemu-aarch64-static (qemu-user-static)',
].filter(Boolean);
if (missing.length > 0) {
  console.log(`skip: ${missing.join('; ')}`);
  if (process.argv.includes('--require')) process.exitCode = 1;
} else {
  await prepareDigest();
  const short = process.argv.includes('--short');
  const sound = PROCESSORS.slice(0, short ? 1 : PROCESSORS.length).map((processor) =>
    holds({
      name: `arm64, ${processor}`,
      command: [on(processor)],
      engines: short ? ['strict', 'relaxed'] : ['strict', 'relaxed', 'fused'],
      dot: 'sdot',
      fuses: true,
    }),
  );
  if (![...sound, short || coreTestsHold('max')].every(Boolean)) process.exitCode = 1;
}
