// node scripts/run.mjs test/gradientParity.ts [--cases 300 --seed 1]: gradients of all parameters of random small models
// against transformers, which PYTHON names an interpreter with. Bound: 1e-5 relative, or twice what torch's own f32 is off.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expectedOf, gradientsOf, openCase, relativeDistance } from './train/gradientCase.ts';

const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string' } } });
const [cases, seed] = [values.cases ?? '300', values.seed ?? '1'];
const python = process.env.PYTHON ?? 'python3';
const dir = mkdtempSync(join(tmpdir(), 'gradients-'));
const faults: string[] = [];
let [tensors, worst, worstTorch] = [0, 0, 0];

async function compare(folder: string): Promise<void> {
  const checkpointing = tensors % 2 === 1;
  const { file, io, session, batch, lossOf } = await openCase(folder, { gradientCheckpointing: checkpointing });
  await session.addGradients(batch, lossOf);
  session.trained.finish();
  const gradients = gradientsOf(session);
  for (const { name, canonical, data } of expectedOf(io, 'f64.')) {
    const ours = gradients.get(canonical);
    const distance = ours ? relativeDistance(ours, data) : Number.POSITIVE_INFINITY;
    const ofTorch = file.torch[name] ?? 0;
    tensors++;
    // a gradient that is zero but for rounding has no relative error
    const size = Math.hypot(...data);
    if (size < 1e-7) continue;
    worst = Math.max(worst, distance);
    worstTorch = Math.max(worstTorch, ofTorch);
    if (!(distance <= Math.max(1e-5, 2 * ofTorch)))
      faults.push(`${folder}: ${name} ${distance}, torch's f32 ${ofTorch}`);
  }
  session.dispose();
}

const made = spawnSync(python, ['fixtures/make/gradients.py', dir, '--cases', cases, '--seed', seed], {
  encoding: 'utf8',
});
if (made.status !== 0) throw new Error(`Cannot make cases with ${python}: ${made.stderr}`);
const folders = readdirSync(dir).sort();
for (const folder of folders) await compare(join(dir, folder));
rmSync(dir, { recursive: true, force: true });
console.log(
  `${folders.length} models, ${tensors} gradients: worst relative error ${worst}; torch's own f32 ${worstTorch}`,
);
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(`${folders.length - new Set(faults.map((f) => f.split(':')[0])).size} passed, ${faults.length} failed`);
process.exitCode = faults.length > 0 ? 1 : 0;
