// PYTHON=… node scripts/run.mjs test/slow/trainedInPython.ts [transformers4|transformers5]: a run with adapters is written as a
// model and as a PEFT adapter; transformers and PEFT open both and compute our logits. The naming is that of the transformers of PYTHON.
// The same with a ViT, a DeiT, a DINOv2 and a data2vec.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { AdapterNaming } from '../../src/train/peftNames.ts';
import { saveSafetensors } from '../../src/weights/save/saveSafetensors.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { digitExamples } from '../train/digitsData.ts';

const SOURCES = [
  'fixtures/beit-digits',
  ...['vit_cls', 'deit_cls', 'dinov2_cls', 'dinov2_registers_cls', 'data2vec_cls'].map(
    (name) => `fixtures/models/${name}`,
  ),
];
const naming = (process.argv[2] ?? 'transformers5') as AdapterNaming;
const targets = ['query', 'value', 'attention.output.dense', 'intermediate.dense', 'output.dense'] as const;
const python = process.env.PYTHON ?? 'python3';
const digits = (await digitExamples(0, 60)).filter(({ label }) => ['0', '1', '7'].includes(label as string));

let failed = 0;
for (const source of SOURCES) if (!(await isRight(source))) failed++;
console.log(`${SOURCES.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Trains adapters, saves model and adapter, and asks Python for its logits of both. */
async function isRight(source: string): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'trained-'));
  using tuned = await fineTune(source, digits, {
    train: 'lora',
    lora: { rank: 3, targets },
    epochs: 3,
    learningRate: 0.02,
    threads: 1,
  });
  await tuned.save(join(dir, 'model'));
  await tuned.saveAdapter(join(dir, 'adapter'), naming);
  cpSync(source, join(dir, 'base'), { recursive: true });
  await savePixels(dir);
  const ours = await tuned.logits(digits[0].image);
  const asked = spawnSync(python, ['fixtures/make/open_trained.py', dir], { encoding: 'utf8' });
  rmSync(dir, { recursive: true, force: true });
  if (asked.status !== 0) throw new Error(`Cannot ask ${python}: ${asked.stderr}`);
  const [model, adapted]: number[][][] = JSON.parse(asked.stdout.trim().split('\n').at(-1)!);
  const far = (logits: number[]) => logits.reduce((most, v, i) => Math.max(most, Math.abs(v - ours[i])), 0);
  const [ofModel, ofAdapter] = [far(model[0]), far(adapted[0])];
  console.log(
    `${source}, ${naming}: logits of the model within ${ofModel}, of the base with the adapter within ${ofAdapter}`,
  );
  return ofModel < 1e-4 && ofAdapter < 1e-4 && tuned.history[2].loss < tuned.history[0].loss;
}

/** The first digit as the run saw it. */
async function savePixels(dir: string): Promise<void> {
  const processor = await BeitImageProcessor.fromPretrained(join(dir, 'model'));
  const { pixelValues } = await processor.preprocess(digits[0].image as never);
  const { files, create } = memoryFolder();
  const data = () => [
    new Uint8Array(pixelValues.data.buffer, pixelValues.data.byteOffset, pixelValues.data.byteLength),
  ];
  await saveSafetensors([{ name: 'pixel_values', dtype: 'F32', shape: pixelValues.dims, data }], create);
  writeFileSync(join(dir, 'pixels.safetensors'), files['model.safetensors']);
}
