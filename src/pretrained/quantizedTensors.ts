import { check } from '../errors.ts';
import type { Slot } from '../model/beit/slot.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import type { FloatSink, RawSink } from '../weights/sink.ts';
import type { TensorEntry } from '../weights/writeSafetensors.ts';

/**
 * How quantised weights are stored: `X.weight` as U8 [n, bytes a row] and `X.weight_scale` as F32 [n], beside vectors in
 * F32 under their usual names. The metadata names the dtype. Scales are F32 and so lie before all bytes in a file.
 */
export const DTYPE_KEY = 'beit_wasm.dtype';
const SCALE = '_scale';

/** Whether `name` is the scales of quantised weights beside it. */
export function isScale(name: string, { tensors }: Checkpoint): boolean {
  return name.endsWith(SCALE) && tensors.get(name.slice(0, -SCALE.length))?.dtype === 'U8';
}

export function isQuantized(name: string, { tensors }: Checkpoint): boolean {
  return tensors.get(name)?.dtype === 'U8' && tensors.has(name + SCALE);
}

/** Keeps the scales until the bytes come. */
export function scaleSink(scales: Map<string, Float32Array>, name: string, rows: number): FloatSink {
  const values = new Float32Array(rows);
  scales.set(name, values);
  return { grain: 1, put: (chunk, offset) => values.set(chunk, offset) };
}

/** Bytes to their packed place. @throws `CheckpointMismatch` when the model keeps its weights another way. */
export function quantizedSink(name: string, slot: Slot | undefined, scales: Map<string, Float32Array>): RawSink | null {
  if (!slot) return null;
  const { quantized } = slot;
  check(quantized, 'CheckpointMismatch', `Cannot load "${name}": it is quantised, and the model's dtype is not`);
  const { rowBytes } = quantized;
  return {
    raw: true,
    grain: rowBytes,
    put(chunk, offset) {
      const own = scales.get(name + SCALE);
      check(own, 'InvalidCheckpoint', `Cannot load "${name}": its scales do not lie before it`);
      const row = offset / rowBytes;
      quantized.put(row, { bytes: chunk, scales: own.subarray(row, row + chunk.length / rowBytes) });
    },
  };
}

/** The two tensors that a quantised slot is saved as. */
export function quantizedEntries(name: string, { quantized, shape }: Slot): TensorEntry[] {
  const rows = shape[0];
  const { rowBytes, get } = quantized!;
  const step = Math.max(1, Math.floor((1 << 20) / rowBytes));
  function* bytes(): Generator<Uint8Array> {
    for (let row = 0; row < rows; row += step) yield get(row, Math.min(row + step, rows)).bytes;
  }
  function* scales(): Generator<Uint8Array> {
    yield new Uint8Array(get(0, rows).scales.buffer);
  }
  return [
    { name, dtype: 'U8', shape: [rows, rowBytes], data: bytes },
    { name: name + SCALE, dtype: 'F32', shape: [rows], data: scales },
  ];
}
