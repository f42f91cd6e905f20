import type { QuantizedRows } from '../backend.ts';
import { DTYPES, type Dtype, isQuantizedDtype, quantizedRowBytes, WEIGHT_BYTES } from '../dtype.ts';
import type { Place } from '../place.ts';
import { Arena } from './arena.ts';
import type { Dispatch, RangeKernel } from './dispatch.ts';
import type { Kernels } from './kernels.ts';
import type { WasmLinear, WasmNorm, WasmTensor } from './kinds.ts';
import { layOutRelativeBias } from './relativeBias.ts';

/** Rows are packed through a piece of scratch of at least this many bytes. */
const STAGING = 1 << 18;

/** The part of the backend that reserves, fills and reads linear memory, and runs kernels on it. */
export class WasmStore {
  readonly kernels: Kernels;
  readonly dispatch: Dispatch;
  #arena: Arena;
  /** Of the last commit that succeeded: where thread 0's scratch begins, and how many bytes each thread has. */
  #scratch = { at: 0, bytes: 0 };
  #wantedScratch = STAGING;
  #committed = 0;

  constructor(kernels: Kernels, memory: WebAssembly.Memory, dispatch: Dispatch) {
    this.kernels = kernels;
    this.dispatch = dispatch;
    this.#arena = new Arena(memory, kernels.heapBase.value as number);
  }

  // ── reserving ────────────────────────────────────────────────────────────────────────────────────────────────────

  reserveLinear(n: number, k: number, dtype: Dtype = 'f32'): WasmLinear {
    const code = DTYPES.indexOf(dtype);
    this.wantScratch(Math.max(this.kernels.linear_scratch(k, code), 4 * k));
    // the core counts in 32 bits: a layer beyond them would come out small
    const bytes = Math.max(this.kernels.linear_bytes(n, k, code) >>> 0, WEIGHT_BYTES[dtype] * n * k);
    const at = this.#arena.reserve(bytes);
    return { dtype, n, k, at, scale: this.#arena.reserve(4 * n), shift: this.#arena.reserve(4 * n) };
  }

  reserveNorm(cols: number, eps: number): WasmNorm {
    return { gamma: this.#arena.reserve(4 * cols), beta: this.#arena.reserve(4 * cols), cols, eps };
  }

  alloc(rows: number, cols: number): WasmTensor {
    return { at: this.#arena.reserve(4 * rows * cols), rows, cols, stride: cols };
  }

  planAttention(tokens: number, headDim: number): void {
    const { attention_scratch, attention_scratch_q8 } = this.kernels;
    this.wantScratch(Math.max(attention_scratch(tokens, headDim), attention_scratch_q8(tokens, headDim)));
  }

  rows(t: WasmTensor, begin: number, end: number): WasmTensor {
    return { ...t, at: t.at + 4 * begin * t.stride, rows: end - begin };
  }

  cols(t: WasmTensor, begin: number, end: number): WasmTensor {
    return { ...t, at: t.at + 4 * begin, cols: end - begin };
  }

  /** Below the first reservation is the core's own data. */
  get allocated(): number {
    return this.#arena.top - this.#arena.base;
  }

  get reserved(): number {
    return this.#arena.top + this.dispatch.threads * this.#wantedScratch;
  }

  /** Bytes of linear memory in use since the last `commit`. */
  get committed(): number {
    return this.#committed;
  }

  commit(): void {
    const top = this.#arena.top;
    const at = this.#arena.reserve(this.dispatch.threads * this.#wantedScratch);
    const end = this.#arena.top;
    try {
      this.#arena.commit();
    } finally {
      this.#arena.reset(top);
    }
    this.#scratch = { at, bytes: this.#wantedScratch };
    this.#committed = end;
  }

  mark(): number {
    return this.#arena.top;
  }

  reset(mark: number): void {
    this.#arena.reset(mark);
  }

  protected wantScratch(bytes: number): void {
    this.#wantedScratch = Math.max(this.#wantedScratch, Math.ceil(bytes / 64) * 64);
  }

  // ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────

  putRows(w: WasmLinear, begin: number, rows: Float32Array): void {
    const { at, bytes } = this.#scratch;
    const fit = Math.max(1, Math.floor(bytes / (4 * w.k)));
    const step = (fit < this.#panelRows ? fit : fit - (fit % this.#panelRows)) * w.k;
    const dtype = DTYPES.indexOf(w.dtype);
    for (let i = 0; i < rows.length; i += step) {
      const part = rows.subarray(i, i + step);
      this.#arena.f32(at, part.length).set(part);
      const row = begin + i / w.k;
      this.kernels.pack(row, row + part.length / w.k, w.at, at, w.n, w.k, dtype);
    }
  }

  /** Rows of f32 that a panel holds. */
  get #panelRows(): number {
    return this.kernels.linear_bytes(1, 4, DTYPES.indexOf('f32')) / 16;
  }

  /**
   * Rows of f32 take as much memory as their panels: whole panels may be read to where they will be. Then they leave for the
   * scratch buffer before they are packed.
   */
  placeOfRows({ dtype, at, n, k }: WasmLinear, begin: number, end: number): Place | undefined {
    const rows = this.#panelRows;
    const isWhole = begin % rows === 0 && (end % rows === 0 || end === n);
    if (dtype !== 'f32' || !isWhole || 4 * k * rows > STAGING) return undefined;
    const first = at + 4 * k * begin;
    return { grain: k * rows, bytes: (offset, count) => this.#arena.u8(first + 4 * offset, 4 * count) };
  }

  readRows(w: WasmLinear, begin: number, end: number): Float32Array {
    const out = new Float32Array((end - begin) * w.k);
    const { at, bytes } = this.#scratch;
    const step = Math.max(1, Math.floor(bytes / (4 * w.k)));
    for (let row = begin; row < end; row += step) {
      const last = Math.min(row + step, end);
      this.kernels.unpack(row, last, at, w.at, w.k, DTYPES.indexOf(w.dtype));
      out.set(this.#arena.f32(at, (last - row) * w.k), (row - begin) * w.k);
    }
    return out;
  }

  quantizedRowBytes({ dtype, k }: WasmLinear): number {
    return isQuantizedDtype(dtype) ? quantizedRowBytes(dtype, k) : 0;
  }

  putQuantizedRows(w: WasmLinear, begin: number, { bytes, scales }: QuantizedRows): void {
    const width = this.quantizedRowBytes(w);
    const dtype = DTYPES.indexOf(w.dtype);
    for (const [first, count, at] of this.#quantizedParts(width, scales.length)) {
      this.#arena.u8(at, count * width).set(bytes.subarray(first * width, (first + count) * width));
      this.#arena.f32(this.#scratch.at, count).set(scales.subarray(first, first + count));
      const row = begin + first;
      this.kernels.pack_quantized(row, row + count, w.at, at, this.#scratch.at, w.n, w.k, dtype);
    }
  }

  readQuantizedRows(w: WasmLinear, begin: number, end: number): QuantizedRows {
    const width = this.quantizedRowBytes(w);
    const dtype = DTYPES.indexOf(w.dtype);
    const bytes = new Uint8Array((end - begin) * width);
    const scales = new Float32Array(end - begin);
    for (const [first, count, at] of this.#quantizedParts(width, end - begin)) {
      const row = begin + first;
      this.kernels.unpack_quantized(row, row + count, at, this.#scratch.at, w.at, w.k, dtype);
      bytes.set(this.#arena.u8(at, count * width), first * width);
      scales.set(this.#arena.f32(this.#scratch.at, count), first);
    }
    return { bytes, scales };
  }

  /** Pieces of `rows` rows that fit the scratch buffer: scales first, then bytes. */
  *#quantizedParts(width: number, rows: number): Generator<[first: number, count: number, at: number]> {
    const step = Math.max(1, Math.floor(this.#scratch.bytes / (width + 8)));
    const at = this.#scratch.at + 4 * step;
    for (let first = 0; first < rows; first += step) yield [first, Math.min(step, rows - first), at];
  }

  putVectors(w: WasmLinear, scale: Float32Array | null, shift: Float32Array | null): void {
    this.#vector(w.scale, w.n, scale, 1);
    this.#vector(w.shift, w.n, shift, 0);
  }

  putNorm(w: WasmNorm, gamma: Float32Array, beta: Float32Array): void {
    this.#vector(w.gamma, w.cols, gamma, 1);
    this.#vector(w.beta, w.cols, beta, 0);
  }

  #vector(at: number, length: number, values: Float32Array | null, fallback: number): void {
    const view = this.#arena.f32(at, length);
    if (values) view.set(values);
    else view.fill(fallback);
  }

  write(t: WasmTensor, data: Float32Array): void {
    this.#arena.f32(t.at, t.rows * t.cols).set(data);
  }

  writeRelativeBias(t: WasmTensor, table: Float32Array, grid: { height: number; width: number }): void {
    this.write(t, layOutRelativeBias(table, t.rows, grid));
  }

  async read(t: WasmTensor): Promise<Float32Array> {
    this.dispatch.check();
    const out = new Float32Array(t.rows * t.cols);
    for (let row = 0; row < t.rows; row++) {
      out.set(this.#arena.f32(t.at + 4 * row * t.stride, t.cols), row * t.cols);
    }
    return out;
  }

  clear({ at, rows, cols, stride }: WasmTensor): void {
    if (stride === cols) this.#arena.f32(at, rows * cols).fill(0);
    else for (let row = 0; row < rows; row++) this.#arena.f32(at + 4 * row * stride, cols).fill(0);
  }

  /** A view that the next `commit` may detach. */
  protected floats(at: number, length: number): Float32Array {
    return this.#arena.f32(at, length);
  }

  // ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────

  run(kernel: RangeKernel, extent: number, args: readonly number[]): void {
    this.dispatch.run(kernel, extent, args);
  }

  runWithScratch(kernel: RangeKernel, extent: number, args: readonly number[]): void {
    this.dispatch.run(kernel, extent, [...args, this.#scratch.at], this.#scratch.bytes);
  }
}
