// PYTHON=… node scripts/run.mjs test/slow/beit3.ts [CASES]: files of random BEiT-3 classifiers under unilm's names against torchscale.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModel, AutoModelForImageClassification } from '../../src/pretrained/auto.ts';
import { Tensor } from '../../src/tensor.ts';
import { distance } from '../family/familyModel.ts';
import { readTensors } from '../family/readTensors.ts';

const BOUND = 2e-5;
const cases = Number(process.argv[2] ?? 100);
const python = process.env.PYTHON ?? 'python3';
const dir = mkdtempSync(join(tmpdir(), 'beit3-'));
const made = spawnSync(python, ['fixtures/make/beit3.py', dir, String(cases)], { encoding: 'utf8' });
if (made.status !== 0) throw new Error(`Cannot make the models: ${made.stderr}`);

const worst = { logits: 0, tokens: 0 };
let failed = 0;
for (let i = 0; i < cases; i++) {
  const io = await readTensors(join(dir, `${i}`, 'io.safetensors'));
  const [pixels, tokens, logits] = ['pixels', 'tokens', 'logits'].map((name) => io.get(name)!);
  const input = { pixelValues: new Tensor('float32', pixels.data as Float32Array, pixels.dims) };
  const file = join(dir, `${i}`, 'beit3.pth');
  using classifier = await AutoModelForImageClassification.fromPretrained(file, { threads: 1 });
  using body = await AutoModel.fromPretrained(file, { threads: 1 });
  const off = {
    logits: relative((await classifier.forward(input)).logits.data, logits.data as Float32Array),
    tokens: relative((await body.forward(input)).lastHiddenState.data, tokens.data as Float32Array),
  };
  worst.logits = Math.max(worst.logits, off.logits);
  worst.tokens = Math.max(worst.tokens, off.tokens);
  if (off.logits > BOUND || off.tokens > BOUND) failed++;
}
rmSync(dir, { recursive: true });
console.log(`${cases} models, relative distance of logits at most ${worst.logits}, of the encoder ${worst.tokens}`);
console.log(`${cases - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Of the largest value, which is not below one. */
function relative(ours: Float32Array, theirs: Float32Array): number {
  return distance(ours, theirs) / theirs.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
}
