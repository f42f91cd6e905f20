import type { Place } from '../../place.ts';

/**
 * Where the elements of a tensor go, in row-major order. Chunks are about a megabyte at most, begin and end on multiples
 * of `grain` elements (the last one ends with the tensor), and may be reused once `put` returns. `offset` counts elements.
 */
export interface FloatSink {
  readonly raw?: false;
  readonly grain: number;
  /** Where a file may be read to, if it stores f32; `put` is given these elements all the same. */
  readonly place?: Place | undefined;
  put(chunk: Float32Array, offset: number): void;
}

/** The same with the bytes of the elements as they are stored, little-endian. */
export interface RawSink {
  readonly raw: true;
  readonly grain: number;
  put(chunk: Uint8Array, offset: number): void;
}

export type Sink = FloatSink | RawSink;
