import type { QuantizedRows, Quantizer } from '../backend.ts';
import { type Dtype, isQuantizedDtype, type QuantizedDtype, quantizedRowBytes } from '../dtype.ts';
import { check } from '../errors.ts';
import { sizeOf } from '../math.ts';
import type { QuantizedTarget, Slot, Target } from '../model/beit/params/slot.ts';
import { named, quoted } from '../quoted.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import type { FloatSink, RawSink } from '../weights/stream/sink.ts';

/**
 * How quantized weights are stored: `X.weight` as U8 [n, bytes a row] and `X.weight_scale` as F32 [n], beside vectors in
 * F32 under their usual names. The metadata names the dtype. Scales are F32, so they precede all bytes in a file.
 */
export const DTYPE_KEY = 'beit_wasm.dtype';
/** Behind the name of a weight, the name of its scales. */
export const SCALE_SUFFIX = '_scale';

/** The quantized weights whose scales `name` is, or null. */
export function scaledBy(name: string, { tensors }: Checkpoint): string | null {
  const weight = name.slice(0, -SCALE_SUFFIX.length);
  return name.endsWith(SCALE_SUFFIX) && tensors.get(weight)?.dtype === 'U8' ? weight : null;
}

export function isQuantized(name: string, { tensors, metadata }: Checkpoint): boolean {
  return tensors.get(name)?.dtype === 'U8' && (tensors.has(name + SCALE_SUFFIX) || metadata.has(DTYPE_KEY));
}

/** What the weights of a checkpoint were quantized to. @throws `InvalidCheckpoint` when its metadata does not say so */
export function quantizedDtype({ metadata, file }: Checkpoint): QuantizedDtype {
  const dtype = metadata.get(DTYPE_KEY) as Dtype | undefined;
  check(isQuantizedDtype(dtype), 'InvalidCheckpoint', () => {
    return `Cannot read the quantized weights of ${file}: expected ${DTYPE_KEY} of q8 or q4, got ${named(dtype)}`;
  });
  return dtype;
}

/** Why quantized weights and their scales do not fit a target, or ''. */
export function quantizedMisfit(name: string, { shape, grain }: Target, checkpoint: Checkpoint): string {
  const [rows, k] = [shape[0], sizeOf(shape.slice(1))];
  const expected = [rows, quantizedRowBytes(quantizedDtype(checkpoint), k)];
  const [weight, scale] = [name, name + SCALE_SUFFIX].map((each) => checkpoint.tensors.get(each));
  if (k !== grain) return `${quoted(name)}: it is quantized, and its row length differs from the model`;
  if (`${weight?.shape}` !== `${expected}`) return `${quoted(name)}: expected [${expected}], got [${weight?.shape}]`;
  if (scale?.dtype === 'F32' && `${scale.shape}` === `${rows}`) return '';
  return `${quoted(name + SCALE_SUFFIX)}: expected F32 [${rows}], got ${scale ? `${scale.dtype} [${scale.shape}]` : 'none'}`;
}

/** Keeps the scales until the bytes come. */
export function scaleSink(scales: Map<string, Float32Array>, name: string, rows: number): FloatSink {
  const values = new Float32Array(rows);
  scales.set(name, values);
  return { grain: 1, put: (chunk, offset) => values.set(chunk, offset) };
}

/** Whether a target keeps the rows of the checkpoint as they are. */
export function keepsQuantized(slot: Target, checkpoint: Checkpoint): slot is Slot & { quantized: QuantizedTarget } {
  return 'quantized' in slot && (slot as Slot).quantized?.dtype === quantizedDtype(checkpoint);
}

/** Bytes to their packed place, or as f32 to one that keeps its weights another way. */
export function quantizedSink(
  name: string,
  slot: Target,
  scales: Map<string, Float32Array>,
  checkpoint: Checkpoint,
  quantizer: Quantizer | null,
): RawSink {
  const rowBytes = checkpoint.tensors.get(name)!.shape[1];
  const put = keepsQuantized(slot, checkpoint)
    ? slot.quantized.put
    : (row: number, rows: QuantizedRows) => slot.put(quantizer!.dequantize(rows, slot.grain), row * slot.grain);
  return {
    raw: true,
    grain: rowBytes,
    put(chunk, offset) {
      const own = scales.get(name + SCALE_SUFFIX);
      check(own, 'InvalidCheckpoint', `Cannot load "${name}": scales must precede the weights`);
      const row = offset / rowBytes;
      put(row, { bytes: chunk, scales: own.subarray(row, row + chunk.length / rowBytes) });
    },
  };
}
