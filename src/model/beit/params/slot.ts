import type { QuantizedRows } from '../../../backend.ts';
import type { QuantizedDtype } from '../../../dtype.ts';
import { sizeOf } from '../../../math.ts';
import type { Place } from '../../../place.ts';

/** How a parameter starts in a randomly initialized model. */
export type Init = 'normal' | 'zeros' | 'ones' | number;

/** Where the values of one tensor of a checkpoint go. */
export interface Target {
  readonly shape: readonly number[];
  /** Chunks given to `put` begin and end on multiples of this many elements. */
  readonly grain: number;
  /** Where elements may be read to before they are given to `put`. */
  readonly place?: Place | undefined;
  put(chunk: Float32Array, offset: number): void;
}

/** The same values as a quantized layer keeps them, `rowBytes` a row. */
export interface QuantizedTarget {
  readonly dtype: QuantizedDtype;
  readonly rowBytes: number;
  put(firstRow: number, rows: QuantizedRows): void;
  get(begin: number, end: number): QuantizedRows | Promise<QuantizedRows>;
}

/** One tensor of a model. */
export interface Slot extends Target {
  readonly init: Init;
  readonly quantized?: QuantizedTarget;
  /** The elements [begin, end), on multiples of the grain, as f32. */
  get(begin: number, end: number): Float32Array | Promise<Float32Array>;
}

/** Slots behind each other along the first dimension, as one target. */
export function joinSlots(parts: readonly Target[]): Target {
  const lengths = parts.map(({ shape }) => sizeOf(shape));
  const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  const put = (chunk: Float32Array, offset: number) => {
    let start = 0;
    for (const [i, part] of parts.entries()) {
      const low = Math.max(offset, start);
      const high = Math.min(offset + chunk.length, start + lengths[i]);
      if (low < high) part.put(chunk.subarray(low - offset, high - offset), low - start);
      start += lengths[i];
    }
  };
  return { shape: [rows, ...parts[0].shape.slice(1)], grain: parts[0].grain, put };
}
