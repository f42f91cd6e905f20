// node scripts/run.mjs test/gradientParity.ts [--cases 300 --seed 1 --only WORD --all]: gradients of all parameters of random small
// models of all classes against transformers in f64, which PYTHON names an interpreter with. Bound: 1e-5 relative, or three times what f32
// can reach at best: the largest error of the same tensor in sixteen computations in f64 whose activations and gradients are rounded
// to 24 bits after each operation (`Rounded` in fixtures/make/gradients.py). --all prints each gradient of the second kind.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expectedOf, openCase, relativeDistance } from './train/gradientCase.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    all: { type: 'boolean' },
  },
});
const BOUND = 1e-5;
/** How often the error of a rounded computation. */
const FACTOR = 3;
const ROUNDINGS = 16;
const [cases, seed] = [values.cases ?? '300', values.seed ?? '1'];
const only = values.only ? ['--only', values.only] : [];
const dir = mkdtempSync(join(tmpdir(), 'gradients-'));

/** One gradient above the bound. */
interface Above {
  readonly folder: string;
  readonly model: string;
  readonly name: string;
  readonly error: number;
  readonly ofTorch: number;
}

const faults: string[] = [];
const above: Above[] = [];
let [models, tensors, worst, worstTorch, aboveTorch] = [0, 0, 0, 0, 0];
const byClass = new Map<string, number>();

/** What batch norms measure: the pass leaves it in the file. */
const STATISTIC = /running_(mean|var)$/;

async function compare(folder: string): Promise<void> {
  const path = join(dir, folder);
  const { file, session, batch, lossOf } = await openCase(path, { gradientCheckpointing: models++ % 2 === 1 });
  byClass.set(file.transformers, (byClass.get(file.transformers) ?? 0) + 1);
  const { loss } = await session.addOutputGradients(batch, lossOf);
  if (!(Math.abs(loss - file.loss) <= BOUND * Math.max(1, Math.abs(file.loss)))) {
    faults.push(`${folder}: ${file.transformers} loss ${loss}, expected ${file.loss}`);
  }
  session.trained.finish();
  session.parameters.followBatches(true);
  const gradients = session.trained.gradients();
  const single = await byName(path, 'single');
  for (const { name, canonical, data } of await expectedOf(path, 'exact')) {
    const ours = STATISTIC.test(name) ? session.parameters.vectors.get(canonical) : gradients.get(canonical);
    // a gradient that is zero but for rounding has no relative error
    if (Math.hypot(...data) < 1e-7) continue;
    const error = ours ? relativeDistance(ours, data) : Number.POSITIVE_INFINITY;
    const ofTorch = relativeDistance(single.get(name)!, data);
    tensors++;
    worst = Math.max(worst, error);
    worstTorch = Math.max(worstTorch, ofTorch);
    if (ofTorch > BOUND) aboveTorch++;
    if (!(error <= BOUND)) above.push({ folder, model: file.transformers, name, error, ofTorch });
  }
  session.dispose();
}

async function byName(path: string, file: string) {
  return new Map((await expectedOf(path, file)).map(({ name, data }) => [name, data]));
}

/** The largest error of each tensor of a case under the roundings, and how many of them exceed the bound under one at least. */
async function roundingErrors(folder: string): Promise<Map<string, number>> {
  const path = join(dir, folder);
  const exact = await byName(path, 'exact');
  const errors = new Map<string, number>();
  for (let i = 0; i < ROUNDINGS; i++) {
    for (const [name, data] of await byName(path, `rounded${i}`)) {
      errors.set(name, Math.max(errors.get(name) ?? 0, relativeDistance(data, exact.get(name)!)));
    }
  }
  return errors;
}

/** What is above the bound may be three times as far off as a rounded computation. */
async function compareWithRoundings(): Promise<string> {
  const inDoubt = [...new Set(above.map(({ folder }) => folder))];
  if (inDoubt.length === 0) return 'none above the bound';
  python([dir, '--roundings', ...inDoubt]);
  let [largest, ratio] = [0, 0];
  for (const folder of inDoubt) {
    const errors = await roundingErrors(folder);
    for (const { model, name, error, ofTorch } of above.filter((one) => one.folder === folder)) {
      const atBest = errors.get(name) ?? 0;
      [largest, ratio] = [Math.max(largest, atBest), Math.max(ratio, error / atBest)];
      const line = `${folder}: ${model} ${name} ${error}, rounded f64 ${atBest}, torch's f32 ${ofTorch}`;
      if (!(error <= FACTOR * atBest)) faults.push(line);
      else if (values.all) console.log(line);
    }
  }
  return `${above.length} gradients of ${inDoubt.length} models above it, where rounded f64 is off by up to ${largest}: at most ${ratio} times what it is`;
}

function python(args: readonly string[]): void {
  const binary = process.env.PYTHON ?? 'python3';
  const made = spawnSync(binary, ['fixtures/make/gradients.py', ...args], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`Cannot make cases with ${binary}: ${made.stderr}`);
}

python([dir, '--cases', cases, '--seed', seed, ...only]);
const folders = readdirSync(dir).sort();
for (const folder of folders) await compare(folder);
const doubts = await compareWithRoundings();
rmSync(dir, { recursive: true, force: true });
console.log(`${folders.length} models, ${tensors} gradients: worst relative error ${worst}; bound ${BOUND}: ${doubts}`);
console.log(`torch's own f32: worst ${worstTorch}, ${aboveTorch} above the bound`);
console.log([...byClass].map(([name, count]) => `${name} ${count}`).join(', '));
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(`${folders.length - new Set(faults.map((f) => f.split(':')[0])).size} passed, ${faults.length} failed`);
process.exitCode = faults.length > 0 ? 1 : 0;
