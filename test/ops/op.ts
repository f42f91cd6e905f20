import type { Backend, Kinds } from '../../src/backend.ts';
import { ReferenceBackend } from '../reference/backend.ts';
import { randomFloats } from '../reference/linear.ts';

/** Reserves what an op needs and says how to fill it and run it. */
export type Op = (backend: Backend<Kinds>) => { fill: () => void; run: () => void; out: Kinds['tensor'] };

/** What `op` makes on `backend`. */
export async function resultOn(backend: Backend<Kinds>, op: Op): Promise<Float32Array> {
  const { fill, run, out } = op(backend);
  backend.commit();
  fill();
  run();
  return backend.read(out);
}

/** Throws unless `op` makes on `backend` what it makes in the plain loops of test/reference. */
export async function agree(backend: Backend<Kinds>, op: Op, tolerance: number): Promise<void> {
  const ours = await resultOn(backend, op);
  const expected = await resultOn(new ReferenceBackend() as never, op);
  if (ours.length !== expected.length) throw new Error(`${ours.length} values instead of ${expected.length}`);
  for (const [i, value] of expected.entries()) {
    const close = Math.abs(ours[i] - value) <= tolerance * Math.max(1, Math.abs(value));
    if (!close && !Object.is(ours[i], value)) throw new Error(`${ours[i]}, not ${value}, at ${i}`);
  }
}

/** A tensor and how to fill it with seeded numbers. */
export function filled(b: Backend<Kinds>, rows: number, cols: number, seed: number) {
  const t = b.alloc(rows, cols);
  return { t, fill: () => b.write(t, randomFloats(rows * cols, seed)) };
}

export const fillAll =
  (...all: { fill: () => void }[]) =>
  () => {
    for (const { fill } of all) fill();
  };

/** A linear layer n × k and how to fill it and its vectors. */
export function layer(b: Backend<Kinds>, n: number, k: number, dtype: 'f32' | 'f16' | 'bf16' = 'f32') {
  const w = b.reserveLinear(n, k, dtype);
  const fill = () => {
    // in halves, as weights come; whole 64ths are exact in every dtype
    const rows = randomFloats(n * k, 9).map((v) => Math.round(16 * v) / 64);
    const half = Math.floor(n / 2);
    b.putRows(w, half, rows.subarray(half * k));
    if (half > 0) b.putRows(w, 0, rows.subarray(0, half * k));
    b.putVectors(w, randomFloats(n, 10), randomFloats(n, 11));
  };
  return { w, fill };
}
