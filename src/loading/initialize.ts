import { sizeOf } from '../math.ts';
import type { Slot } from '../model/beit/params/slot.ts';
import { Random } from '../model/beit/random.ts';

/** Elements drawn at a time. */
const CHUNK = 1 << 16;

/** Fills every slot as transformers initializes a new model: matrices normal(0, range), the rest constants. */
export function initialize(slots: ReadonlyMap<string, Slot>, seed: number, range: number): void {
  const random = new Random(seed);
  for (const slot of slots.values()) fill(slot, draw(slot, random, range));
}

function draw({ init }: Slot, random: Random, range: number): () => number {
  if (init === 'normal') return () => range * random.normal();
  const value = init === 'ones' ? 1 : init === 'zeros' ? 0 : init;
  return () => value;
}

function fill({ shape, grain, put }: Slot, next: () => number): void {
  const size = sizeOf(shape);
  const step = Math.max(grain, Math.floor(CHUNK / grain) * grain);
  for (let at = 0; at < size; at += step) {
    const chunk = new Float32Array(Math.min(step, size - at));
    put(chunk.map(next), at);
  }
}
