import { readFileSync } from 'node:fs';
import type { TrainExample } from '../../src/train/data/examples.ts';
import { readTensors } from '../family/readTensors.ts';

/** Scans of handwritten digits [begin, end) of the held-out ones in `fixtures/beit-digits`. */
export async function digitExamples(begin: number, end: number): Promise<TrainExample[]> {
  const tensors = await readScans();
  return Array.from({ length: end - begin }, (_, i) => ({
    image: { data: tensors.images.slice((begin + i) * 64, (begin + i + 1) * 64), width: 8, height: 8, channels: 1 },
    label: String(tensors.labels[begin + i]),
    name: `scan ${begin + i}`,
  }));
}

async function readScans() {
  const tensors = await readTensors('fixtures/beit-digits/heldout.safetensors');
  return { images: tensors.get('images')!.data as Uint8Array, labels: Array.from(tensors.get('labels')!.data, Number) };
}

export const picture = (name: string) => new Uint8Array(readFileSync(`fixtures/beit-digits/scans/${name}`));
