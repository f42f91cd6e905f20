// Processes that are killed while they train, and disks that are full: what was written before is whole.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BeitError } from '../../src/errors.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { FineTuneOptions } from '../../src/train/fineTuneOptions.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/killed');
const SOURCE = 'fixtures/beit-digits-pt';
/** Kills of one run; `KILLS=40` for a longer trial. */
const KILLS = Number(process.env.KILLS ?? 3);
const few = (await digitExamples(0, 140)).filter(({ label }) => ['0', '1', '7'].includes(label as string)).slice(0, 16);
const folder = mkdtempSync(join(tmpdir(), 'beit-killed-'));
test.after(() => rmSync(folder, { recursive: true }));

const options = {
  train: { lastBlocks: 1 },
  epochs: 4,
  batchSize: 4,
  validation: 0.25,
  augment: { flip: true, colorJitter: 0.3 },
  averageDecay: 0.9,
  threads: 1,
  checkpointEvery: 1,
} as const satisfies FineTuneOptions;

/** The run as a program: it goes on from its checkpoint where there is one, and says each step. */
const program = (run: string, out: string) => `
  import { existsSync } from 'node:fs';
  import { fineTune } from ${JSON.stringify(resolve('dist/train.node.js'))};
  const examples = ${JSON.stringify(few.map(({ image, label }) => ({ ...(image as object), data: [...(image as { data: Uint8Array }).data], label })))}
    .map(({ data, label, ...image }) => ({ image: { ...image, data: Uint8Array.from(data) }, label }));
  const run = ${JSON.stringify(run)};
  const resumeFrom = existsSync(run + '/training-0.safetensors') || existsSync(run + '/training-1.safetensors') ? run : undefined;
  const onTraining = ({ status }) => process.stdout.write(status + '\\n');
  const tuned = await fineTune('${SOURCE}', examples, { ...${JSON.stringify(options)}, checkpointTo: run, resumeFrom, onTraining });
  await tuned.save(${JSON.stringify(out)});
  tuned.dispose();
`;

/** Runs the program; it is killed so many milliseconds after its first step. */
function run(name: string, out: string, killAfter: number | null): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(name, out)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let timer: NodeJS.Timeout | null = null;
  child.stdout.on('data', () => {
    if (killAfter !== null) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfter);
  });
  return new Promise((done) => {
    child.on('close', (code) => {
      if (timer) clearTimeout(timer);
      done(code);
    });
  });
}

test('a run that is killed at any moment goes on to the same bits', async () => {
  const expected = join(folder, 'whole');
  assert.is(await run(join(folder, 'whole-run'), expected, null), 0);
  const out = join(folder, 'killed');
  let killed = 0;
  for (let i = 0; i < KILLS; i++) {
    // spread over the time of a step and of what is written after it
    if ((await run(join(folder, 'run'), out, (i * 37) % 90)) === null) killed++;
  }
  assert.ok(killed > 0, 'killed before its end');
  assert.is(await run(join(folder, 'run'), out, null), 0);
  assert.equal(readFileSync(join(out, 'model.safetensors')), readFileSync(join(expected, 'model.safetensors')));
});

test('a full disk ends the run with FileSystem, and the checkpoint before it stays', async () => {
  const full = join(folder, 'full');
  mkdirSync(full);
  // one checkpoint takes more than half of it
  const tune = (more: FineTuneOptions = {}) => fineTune(SOURCE, few, { ...options, checkpointTo: full, ...more });
  const measured = join(folder, 'measured');
  (await tune({ checkpointTo: measured })).dispose();
  const { size } = statSync(join(measured, 'training-0.safetensors'));
  const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${Math.ceil(1.5 * size)}`, 'tmpfs', full]).status === 0;
  if (!mounted) return console.log('skip: a small file system cannot be mounted here');
  try {
    const error = await tune().then(
      () => null,
      (thrown: BeitError) => thrown,
    );
    assert.is(error?.code, 'FileSystem');
    assert.match(error!.message, /write .*training-1\.safetensors: no space left on the device/);
    const resumed = await tune({ resumeFrom: full, checkpointTo: undefined });
    assert.is(resumed.history.length, options.epochs);
    const failed = await resumed.save(full).then(
      () => null,
      (thrown: BeitError) => thrown,
    );
    assert.is(failed?.code, 'FileSystem');
    // the model is still there to be saved elsewhere
    assert.ok((await resumed.save(join(folder, 'elsewhere'))).includes('model.safetensors'));
    resumed.dispose();
  } finally {
    spawnSync('umount', [full]);
  }
});

test('a loss that is not finite leaves the last good checkpoint, and says the step', async () => {
  const good = join(folder, 'good');
  const wild = {
    ...options,
    learningRate: 1e30,
    warmUp: 0,
    decay: 'none',
    averageDecay: undefined,
    augment: undefined,
  } as const;
  const tuned = await fineTune(SOURCE, few, { ...wild, checkpointTo: good });
  const { diverged } = tuned;
  assert.ok(diverged && diverged.step >= 2 && !Number.isFinite(diverged.loss));
  assert.ok((await tuned.logits(few[0].image)).every(Number.isFinite));
  tuned.dispose();
  const again = await fineTune(SOURCE, few, { ...wild, resumeFrom: good });
  assert.is(again.diverged?.step, diverged.step);
  assert.ok((await again.logits(few[0].image)).every(Number.isFinite));
  again.dispose();
});

test.run();
