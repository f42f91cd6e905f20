import type { Backend, Kinds } from '../../../backend.ts';
import { type Dtype, isQuantizedDtype, type QuantizedDtype } from '../../../dtype.ts';
import { BeitError } from '../../../errors.ts';
import { sizeOf } from '../../../math.ts';
import { type Init, joinSlots, type QuantizedTarget, type Slot, type Target } from './slot.ts';

interface LinearOptions {
  readonly bias?: boolean;
  readonly wide?: boolean;
  /** Of the weight in the checkpoint, where it is not [n, k]. */
  readonly shape?: readonly number[];
}

/** A batch norm behind layers whose outputs, with `bias`, it normalizes; each vector has a number for each output. */
export interface BatchNorm<K extends Kinds> {
  readonly layers: readonly K['linear'][];
  readonly bias: Float32Array | null;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly eps: number;
}

/**
 * The parameters of a model by their checkpoint names. Matrices go straight to their packed place, row by row and in
 * any order; vectors are kept here and placed by {@link Parameters.finish} when all of them have come.
 */
export class Parameters<K extends Kinds> {
  readonly slots = new Map<string, Slot>();
  /** Other names of several slots at once: a fused qkv fills query, key and value. */
  readonly fused = new Map<string, { readonly slot: Target; readonly covers: readonly string[] }>();
  /** What is kept in CPU memory, in the order in which it was named. */
  readonly unpacked: Float32Array[] = [];
  readonly backend: Backend<K>;
  readonly dtype: Dtype;
  readonly #finishers: (() => void)[] = [];

  constructor(backend: Backend<K>, dtype: Dtype) {
    this.backend = backend;
    this.dtype = dtype;
  }

  /** A tensor kept in CPU memory: vectors, tables, tokens. Filled once loading is done. @throws `OutOfMemory` */
  vector(name: string, shape: readonly number[], init: Init): Float32Array {
    const data = floats(name, shape);
    this.unpacked.push(data);
    const put = (chunk: Float32Array, offset: number) => data.set(chunk, offset);
    this.slots.set(name, { shape, init, grain: 1, put, get: (begin, end) => data.subarray(begin, end) });
    return data;
  }

  /** A tensor whose rows are the rows of `w` from `firstRow` on; rows are the first dimension, flattened behind it. */
  rows(name: string, shape: readonly number[], w: K['linear'], firstRow = 0): void {
    const grain = sizeOf(shape.slice(1));
    const { backend } = this;
    const row = (offset: number) => firstRow + offset / grain;
    const rowBytes = backend.quantizedRowBytes(w);
    const quantized = (dtype: QuantizedDtype): QuantizedTarget => ({
      dtype,
      rowBytes,
      put: (begin, rows) => backend.putQuantizedRows(w, firstRow + begin, rows),
      get: (begin, end) => backend.readQuantizedRows(w, firstRow + begin, firstRow + end),
    });
    this.slots.set(name, {
      ...(rowBytes > 0 && isQuantizedDtype(this.dtype) && { quantized: quantized(this.dtype) }),
      shape,
      init: 'normal',
      grain,
      place: backend.placeOfRows?.(w, firstRow, firstRow + shape[0]),
      put: (chunk, offset) => backend.putRows(w, row(offset), chunk),
      get: (begin, end) => backend.readRows(w, row(begin), row(end)),
    });
  }

  /** What the rows of the tensors with these names are kept as. */
  dtypeOf(..._names: readonly string[]): Dtype {
    return this.dtype;
  }

  /** Layers [n, k] that are parts of one tensor. */
  layers(count: number, n: number, k: number, dtype: Dtype): K['linear'][] {
    return Array.from({ length: count }, () => this.backend.reserveLinear(n, k, dtype));
  }

  /** A tensor that is in the rows of layers, in another order; `inOrder` makes the tensor of these rows. */
  arranged(
    name: string,
    slot: Slot,
    _layers: readonly K['linear'][],
    _inOrder: (rows: Float32Array) => Float32Array,
  ): void {
    this.slots.set(name, slot);
  }

  /** What training has instead of folding a batch norm into its layers. */
  keepBatchNorm?(name: string, norm: BatchNorm<K>): void;

  /** One more name for slots that follow each other, all of the same grain; null for one that is not kept. */
  fuse(name: string, parts: readonly (string | null)[]): void {
    const covers = parts.filter((part) => part !== null);
    const { shape, grain } = this.slots.get(covers[0])!;
    const nowhere: Target = { shape, grain, put: () => {} };
    const slot = joinSlots(parts.map((part) => (part === null ? nowhere : this.slots.get(part)!)));
    this.fused.set(name, { covers, slot });
  }

  /**
   * A linear layer [n, k] with weight and bias under `name`. A `wide` one is kept as f16 where others are quantized: a
   * classifier is a small part of the work and a large part of the error.
   */
  linear(name: string, n: number, k: number, options: LinearOptions = {}): K['linear'] {
    const dtype = options.wide && isQuantizedDtype(this.dtype) ? 'f16' : this.dtypeOf(`${name}.weight`);
    const w = this.backend.reserveLinear(n, k, dtype);
    this.rows(`${name}.weight`, options.shape ?? [n, k], w);
    const bias = options.bias === false ? new Float32Array(n) : this.vector(`${name}.bias`, [n], 'zeros');
    this.onFinish(() => this.backend.putVectors(w, null, bias));
    return w;
  }

  /** A layer norm over `cols` with weight and bias under `name`. */
  norm(name: string, cols: number, eps: number): K['norm'] {
    const norm = this.backend.reserveNorm(cols, eps);
    const gamma = this.vector(`${name}.weight`, [cols], 'ones');
    const beta = this.vector(`${name}.bias`, [cols], 'zeros');
    this.onFinish(() => this.backend.putNorm(norm, gamma, beta));
    return norm;
  }

  onFinish(place: () => void): void {
    this.#finishers.push(place);
  }

  /** Places what was waiting for other tensors; call once every slot is filled. */
  finish(): void {
    for (const place of this.#finishers) place();
  }
}

function floats(name: string, shape: readonly number[]): Float32Array {
  const size = sizeOf(shape);
  try {
    return new Float32Array(size);
  } catch (cause) {
    throw new BeitError('OutOfMemory', `Cannot keep "${name}" [${shape}]: ${4 * size} bytes needed`, { cause });
  }
}
