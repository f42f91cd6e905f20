// PYTHON=… node scripts/run.mjs test/slow/trainingSteps.ts [small] [base] [curve]: ten steps of AdamW with warm-up, cosine decay
// and clipping over ten batches, of a small model and of BEiT-base 224 from random weights: all parameters after each step against
// PyTorch's. `curve`: the losses of 200 steps of the small model. Base takes 6 GB of disk and 4 GB of memory.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Optimizer } from '../../src/train/optimizer/optimizer.ts';
import { learningRateFactor } from '../../src/train/optimizer/schedule.ts';
import { expectedOf, openCase, relativeDistance } from '../train/gradientCase.ts';

const RECIPE = {
  weightDecay: 0.05,
  decays: (_: string, shape: readonly number[]) => shape.length > 1,
  maxGradientNorm: 1,
};
const python = process.env.PYTHON ?? 'python3';
const wanted = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'steps-'));

function make(size: string, steps: number, keep: boolean): string {
  const folder = join(dir, `${size}${steps}`);
  mkdirSync(folder);
  const args = [
    'fixtures/make/gradients.py',
    folder,
    '--steps',
    `${steps}`,
    '--size',
    size,
    ...(keep ? ['--keep'] : []),
  ];
  const made = spawnSync(python, args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`Cannot take steps with ${python}: ${made.stderr}`);
  return folder;
}

/** Takes the steps that a folder has the batches of; `after` is called behind each. */
async function takeSteps(folder: string, after: (step: number, loss: number, session: Session) => Promise<void>) {
  let optimizer!: Optimizer;
  const opened = await openCase(folder, { threads: 'auto' }, ({ backend, trained, config }) => {
    optimizer = new Optimizer(backend, trained.tensors, config.numHiddenLayers, RECIPE);
  });
  const { session, file, batches } = opened;
  optimizer.start();
  for (const [step, { batch, lossOf }] of batches.entries()) {
    session.trained.clear();
    const { loss } = await session.addOutputGradients(batch, lossOf);
    session.trained.finish();
    optimizer.clip();
    const warmUpSteps = Math.min(3, batches.length >> 1);
    optimizer.step(file.rate! * learningRateFactor(step, { warmUpSteps, totalSteps: batches.length }));
    session.weightsChanged();
    await after(step, loss, session);
  }
  session.dispose();
  return file;
}

type Session = Awaited<ReturnType<typeof openCase>>['session'];

async function parameters(size: string): Promise<boolean> {
  const folder = make(size, 10, true);
  let worst = 0;
  await takeSteps(folder, async (step, loss, session) => {
    let [most, where] = [0, ''];
    for (const { name, canonical, data } of await expectedOf(folder, `step${step}`)) {
      const ours = await session.parameters.slots.get(canonical)!.get(0, data.length);
      const distance = relativeDistance(ours, data);
      if (distance > most) [most, where] = [distance, name];
    }
    rmSync(join(folder, `step${step}.safetensors`));
    console.log(
      `${size}, step ${step + 1}: loss ${loss.toFixed(6)}, parameters within ${most} of PyTorch's (${where})`,
    );
    worst = Math.max(worst, most);
  });
  return worst <= 1e-5;
}

async function curve(): Promise<boolean> {
  const folder = make('small', 200, false);
  const losses: number[] = [];
  const { losses: expected } = await takeSteps(folder, async (_, loss) => void losses.push(loss));
  const apart = losses.reduce((most, loss, i) => Math.max(most, Math.abs(loss - expected![i])), 0);
  const at = [0, 49, 99, 149, 199].map((i) => `${i + 1}: ${losses[i].toFixed(4)} and ${expected![i].toFixed(4)}`);
  console.log(`200 steps, ours and PyTorch's: ${at.join(', ')}; never more than ${apart} apart`);
  return apart < 1e-3 && losses[199] < 0.2 * losses[0];
}

const TASKS = { small: () => parameters('small'), base: () => parameters('base'), curve };
let [passed, failed] = [0, 0];
for (const [name, task] of Object.entries(TASKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (await task()) passed++;
  else failed++;
}
rmSync(dir, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
