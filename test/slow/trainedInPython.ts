// PYTHON=… node scripts/run.mjs test/slow/trainedInPython.ts [transformers4|transformers5]: a run with adapters is written as a
// model and as a PEFT adapter; transformers and PEFT open both and compute our logits. The naming is that of the transformers of PYTHON.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { AdapterNaming } from '../../src/train/lora.ts';
import { saveSafetensors } from '../../src/weights/save/saveSafetensors.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { digitExamples } from '../train/digitsData.ts';

const SOURCE = 'fixtures/beit-digits';
const naming = (process.argv[2] ?? 'transformers5') as AdapterNaming;
const dir = mkdtempSync(join(tmpdir(), 'trained-'));
const digits = (await digitExamples(0, 60)).filter(({ label }) => ['0', '1', '7'].includes(label as string));
const targets = ['query', 'value', 'attention.output.dense', 'intermediate.dense', 'output.dense'] as const;
const tuned = await fineTune(SOURCE, digits, {
  train: 'lora',
  lora: { rank: 3, targets },
  epochs: 3,
  learningRate: 0.02,
  threads: 1,
});
await tuned.save(join(dir, 'model'));
await tuned.saveAdapter(join(dir, 'adapter'), naming);
cpSync(SOURCE, join(dir, 'base'), { recursive: true });

const processor = await BeitImageProcessor.fromPretrained(SOURCE);
const { pixelValues } = await processor.preprocess(digits[0].image as never);
const { files, create } = memoryFolder();
const data = () => [new Uint8Array(pixelValues.data.buffer, pixelValues.data.byteOffset, pixelValues.data.byteLength)];
await saveSafetensors([{ name: 'pixel_values', dtype: 'F32', shape: pixelValues.dims, data }], create);
writeFileSync(join(dir, 'pixels.safetensors'), files['model.safetensors']);

const ours = await tuned.logits(digits[0].image);
const python = process.env.PYTHON ?? 'python3';
const asked = spawnSync(python, ['fixtures/make/open_trained.py', dir], { encoding: 'utf8' });
rmSync(dir, { recursive: true, force: true });
if (asked.status !== 0) throw new Error(`Cannot ask ${python}: ${asked.stderr}`);
const [model, adapted]: number[][][] = JSON.parse(asked.stdout.trim().split('\n').at(-1)!);
const far = (logits: number[]) => logits.reduce((most, v, i) => Math.max(most, Math.abs(v - ours[i])), 0);
console.log(
  `${naming}: logits of the model within ${far(model[0])}, of the base with the adapter within ${far(adapted[0])}`,
);
const good = far(model[0]) < 1e-4 && far(adapted[0]) < 1e-4 && tuned.history[2].loss < tuned.history[0].loss;
console.log(good ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = good ? 0 : 1;
tuned.dispose();
