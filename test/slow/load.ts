// Loads checkpoints of real size from disk, each in a process of its own, and holds the largest resident memory against
// 1.25 × the weights + 60 MB: node scripts/run.mjs test/slow/load.ts [base] [large]. Linux only: it reads /proc.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '#platform';
import { reserveModel } from '../../src/engine/createModel.ts';
import { diskName } from '../../src/loading/savePretrained.ts';
import { BeitConfig, type BeitConfigInit } from '../../src/model/beit/config/config.ts';
import { FAMILIES } from '../../src/model/beit/config/family.ts';
import { classificationArchitecture } from '../../src/model/beit/heads/classification.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../src/tensor.ts';
import { recipeFiles } from '../reference/recipeFiles.ts';

const SHARED = { useRelativePositionBias: true, numLabels: 1000 };
const SIZES: Readonly<Record<string, BeitConfigInit>> = {
  base: SHARED,
  large: {
    ...SHARED,
    hiddenSize: 1024,
    numHiddenLayers: 24,
    numAttentionHeads: 16,
    intermediateSize: 4096,
    imageSize: 384,
  },
};
const [mode = 'base', ...rest] = process.argv.slice(2);
if (mode === 'child') await load(rest[0], rest[1]);
else for (const name of [mode, ...rest]) await measure(name);

async function measure(name: string): Promise<void> {
  const folder = join('build', `load-${name}`);
  mkdirSync(folder, { recursive: true });
  try {
    await write(new BeitConfig(SIZES[name]), folder);
    const { size } = statSync(join(folder, 'model.safetensors'));
    for (const dtype of ['f32', 'q8', 'q4']) report(name, dtype, size, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The whole of what `recipeFiles` plays, on disk. */
async function write(config: BeitConfig, folder: string): Promise<void> {
  const { backend, parameters } = await reserveModel(config, classificationArchitecture as never, { threads: 1 });
  backend.dispose();
  const shapes = Object.fromEntries(
    [...parameters.slots].map(([slot, { shape }]) => [diskName(slot, FAMILIES.beit, true), shape]),
  );
  const files = recipeFiles({ config: config.toJSON(), shapes, seed: 1 });
  const create = await platform.writer!(folder);
  for (const name of ['config.json', 'model.safetensors']) {
    const source = (await files.open(name))!;
    const file = await create(name);
    for await (const chunk of source.stream(0, source.size)) await file.write(chunk);
    await file.close();
  }
}

function report(name: string, dtype: string, fileBytes: number, folder: string): void {
  const child = spawnSync(process.execPath, [process.argv[1], 'child', folder, dtype], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${name} ${dtype}: ${child.stderr}`);
  const { peak, idle, memory, seconds, first } = JSON.parse(child.stdout);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const bound = 1.25 * memory + 60e6;
  console.log(
    `${name} ${dtype}: file ${megabytes(fileBytes)}, linear memory ${megabytes(memory)}, loaded in ${seconds.toFixed(2)} s, ` +
      `peak ${megabytes(peak)} (idle process ${megabytes(idle)}), bound ${megabytes(bound)}, first logit ${first}`,
  );
  // the bound is one of f32; what is quantized while loading is small beside the chunks it is made from
  if (dtype === 'f32' && peak > bound)
    throw new Error(`${name} ${dtype}: ${peak} bytes were resident, allowed are ${bound}`);
}

async function load(folder: string, dtype: string): Promise<void> {
  const idle = status('VmRSS');
  const started = performance.now();
  using model = await BeitForImageClassification.fromPretrained(folder, { dtype: dtype as 'f32', threads: 1 });
  const seconds = (performance.now() - started) / 1000;
  const peak = status('VmHWM');
  const { height, width } = model.config.nativeSize;
  const pixelValues = new Tensor('float32', new Float32Array(3 * height * width), [1, 3, height, width]);
  const { logits } = await model.forward({ pixelValues });
  console.log(JSON.stringify({ idle, peak, seconds, memory: model.memory, first: logits.data[0] }));
}

function status(field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line![1]) * 1024;
}
