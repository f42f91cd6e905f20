import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalNames } from '../../src/model/beit/config/names.ts';
import { Tensor } from '../../src/tensor.ts';
import { Trainer, type TrainStep } from '../../src/train/trainer.ts';
import { type AnyTensor, readTensors } from '../family/readTensors.ts';
import { relativeDistance } from './gradientCase.ts';

/** What `fixtures/make/digits_steps.py` says of its steps. */
interface StepsFile {
  readonly run: 'scratch' | 'finetune' | 'pretrain';
  /** Pictures of each step, its learning rate, and PyTorch's loss. */
  readonly counts: readonly number[];
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  /** Of parameters of more than 1000 numbers only every so many are in the file. */
  readonly stride: number;
}

/** How far from PyTorch the steps of a folder end: of losses absolutely, of parameters relatively. */
export interface StepsResult {
  readonly loss: number;
  readonly parameters: number;
  readonly where: string;
}

/** Takes the steps of a folder from the model in `start`, and compares losses and parameters with PyTorch's. */
export async function takeDigitsSteps(folder: string, start: string): Promise<StepsResult> {
  const { run, counts, rates, losses, stride }: StepsFile = JSON.parse(readFileSync(`${folder}/steps.json`, 'utf8'));
  const tensors = await readTensors(`${folder}/steps.safetensors`);
  const trainer = await Trainer.open(start, {
    class: run === 'pretrain' ? 'BeitForMaskedImageModeling' : 'BeitForImageClassification',
    images: counts.reduce((a, b) => Math.max(a, b)),
    weightDecay: 0.05,
    decays: (_, shape) => shape.length > 1,
    maxGradientNorm: 1,
    labelSmoothing: run === 'pretrain' ? 0 : 0.1,
    threads: 1,
  });
  let apart = 0;
  for (const [i, batch] of batchesOf(tensors, counts).entries()) {
    const { loss } = await trainer.step([batch], rates[i]);
    apart = Math.max(apart, Math.abs(loss - losses[i]));
  }
  const saved = await savedTensors(trainer);
  trainer.dispose();
  return { loss: apart, ...farthest(saved, tensors, stride) };
}

/** Gray pictures of three equal channels, 8 × 8 patches of 4 × 4 pixels. */
function batchesOf(tensors: Map<string, AnyTensor>, counts: readonly number[]): TrainStep[] {
  const part = (name: string, begin: number, end: number) => {
    const { data, dims } = tensors.get(name)!;
    const size = data.length / dims[0];
    return Array.from(data.slice(begin * size, end * size) as ArrayLike<number>);
  };
  const { data } = tensors.get('pixels')!;
  let end = 0;
  return counts.map((count) => {
    const begin = end;
    end += count;
    const gray = Float32Array.from(part('pixels', begin, end), data instanceof Uint8Array ? ofByte : Number);
    const pixelValues = new Tensor('float32', threeTimes(gray, count), [count, 3, 32, 32]);
    if (tensors.has('labels')) return { pixelValues, labels: part('labels', begin, end) };
    const boolMaskedPos = part('masks', begin, end);
    const labels = part('tokens', begin, end).filter((_, i) => boolMaskedPos[i]);
    return { pixelValues, labels, boolMaskedPos };
  });
}

const ofByte = (byte: number) => Math.fround(byte / 127.5) - 1;

function threeTimes(gray: Float32Array, images: number): Float32Array {
  const size = gray.length / images;
  const out = new Float32Array(3 * gray.length);
  for (let i = 0; i < 3 * images; i++)
    out.set(gray.subarray(Math.floor(i / 3) * size, (Math.floor(i / 3) + 1) * size), i * size);
  return out;
}

async function savedTensors(trainer: Trainer): Promise<Map<string, AnyTensor>> {
  const folder = mkdtempSync(join(tmpdir(), 'steps-'));
  try {
    await trainer.save(folder);
    return await readTensors(join(folder, 'model.safetensors'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function farthest(saved: Map<string, AnyTensor>, expected: Map<string, AnyTensor>, stride: number) {
  const after = [...expected].filter(([name]) => name.startsWith('after.'));
  const names = canonicalNames(after.map(([name]) => name.slice(6)));
  const ours = canonicalNames(saved.keys());
  const byCanonical = new Map([...saved].map(([name, { data }]) => [ours.get(name), data as Float32Array]));
  let [parameters, where] = [0, ''];
  for (const [name, { data }] of after) {
    const own = byCanonical.get(names.get(name.slice(6)));
    if (!own) continue;
    const sampled = own.length > data.length ? own.filter((_, i) => i % stride === 0) : own;
    const distance = relativeDistance(sampled, data as Float32Array);
    if (!(distance <= parameters)) [parameters, where] = [distance, name.slice(6)];
  }
  return { parameters, where };
}
