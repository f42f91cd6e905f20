// PYTHON=… node scripts/run.mjs test/slow/digitsSteps.ts [scratch finetune pretrain] [--steps 90]: the first steps of the runs that
// made fixtures/beit-digits and beit-digits-pt, taken by PyTorch and by us: same start, data, order, augmentation and masks.
// Losses after each step, parameters after the last.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { takeDigitsSteps } from '../train/digitsSteps.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { steps: { type: 'string' } } });
const runs = positionals.length > 0 ? positionals : ['scratch', 'finetune', 'pretrain'];
const steps = values.steps ?? '90';
const python = process.env.PYTHON ?? 'python3';
const dir = mkdtempSync(join(tmpdir(), 'digits-'));
let failed = 0;
for (const run of runs) {
  const folder = join(dir, run);
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const made = spawnSync(python, ['fixtures/make/digits_steps.py', folder, run, steps], { encoding: 'utf8', env });
  if (made.status !== 0) throw new Error(`Cannot take steps with ${python}: ${made.stderr}`);
  const { loss, parameters, where } = await takeDigitsSteps(folder, join(folder, 'start'));
  console.log(`${run}, ${steps} steps: losses within ${loss}, parameters within ${parameters} of PyTorch's (${where})`);
  if (!(parameters <= 1e-5)) failed++;
}
rmSync(dir, { recursive: true, force: true });
console.log(`${runs.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
