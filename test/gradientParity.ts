// node scripts/run.mjs test/gradientParity.ts [--cases 300 --seed 1 --only WORD]: gradients of all parameters of random small models
// of all classes against transformers, which PYTHON names an interpreter with. Bound: 1e-5 relative, or three times what torch's own f32 is off.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expectedOf, openCase, relativeDistance } from './train/gradientCase.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const [cases, seed] = [values.cases ?? '300', values.seed ?? '1'];
const only = values.only ? ['--only', values.only] : [];
const python = process.env.PYTHON ?? 'python3';
const dir = mkdtempSync(join(tmpdir(), 'gradients-'));
const faults: string[] = [];
let [models, tensors, worst, worstTorch, above] = [0, 0, 0, 0, 0];
const byClass = new Map<string, number>();

/** What batch norms measure: the pass leaves it in the file. */
const STATISTIC = /running_(mean|var)$/;

async function compare(folder: string): Promise<void> {
  const { file, session, batch, lossOf } = await openCase(folder, { gradientCheckpointing: models++ % 2 === 1 });
  byClass.set(file.transformers, (byClass.get(file.transformers) ?? 0) + 1);
  const { loss } = await session.addOutputGradients(batch, lossOf);
  if (!(Math.abs(loss - file.loss) <= 1e-5 * Math.max(1, Math.abs(file.loss)))) {
    faults.push(`${folder}: ${file.transformers} loss ${loss}, expected ${file.loss}`);
  }
  session.trained.finish();
  session.parameters.followBatches(true);
  const gradients = session.trained.gradients();
  const single = new Map((await expectedOf(folder, 'single')).map(({ name, data }) => [name, data]));
  for (const { name, canonical, data } of await expectedOf(folder, 'exact')) {
    const ours = STATISTIC.test(name) ? session.parameters.vectors.get(canonical) : gradients.get(canonical);
    // a gradient that is zero but for rounding has no relative error
    if (Math.hypot(...data) < 1e-7) continue;
    const distance = ours ? relativeDistance(ours, data) : Number.POSITIVE_INFINITY;
    const ofTorch = relativeDistance(single.get(name)!, data);
    tensors++;
    worst = Math.max(worst, distance);
    worstTorch = Math.max(worstTorch, ofTorch);
    if (distance > 1e-5) above++;
    if (!(distance <= Math.max(1e-5, 3 * ofTorch)))
      faults.push(`${folder}: ${file.transformers} ${name} ${distance}, torch's f32 ${ofTorch}`);
  }
  session.dispose();
}

const made = spawnSync(python, ['fixtures/make/gradients.py', dir, '--cases', cases, '--seed', seed, ...only], {
  encoding: 'utf8',
});
if (made.status !== 0) throw new Error(`Cannot make cases with ${python}: ${made.stderr}`);
const folders = readdirSync(dir).sort();
for (const folder of folders) await compare(join(dir, folder));
rmSync(dir, { recursive: true, force: true });
console.log(
  `${folders.length} models, ${tensors} gradients: worst relative error ${worst}, ${above} above 1e-5; torch's own f32 ${worstTorch}`,
);
console.log([...byClass].map(([name, count]) => `${name} ${count}`).join(', '));
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(`${folders.length - new Set(faults.map((f) => f.split(':')[0])).size} passed, ${faults.length} failed`);
process.exitCode = faults.length > 0 ? 1 : 0;
