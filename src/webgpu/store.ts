import type { QuantizedRows, Quantizer } from '../backend.ts';
import { type Dtype, isQuantizedDtype, type QuantizedDtype, quantizedRowBytes, WEIGHT_BYTES } from '../dtype.ts';
import { toFloat32 } from '../weights/dtype.ts';
import { FLOAT_DTYPES, fromFloat32 } from '../weights/save/fromFloat32.ts';
import type { DeviceErrors } from './device.ts';
import { IntegerRows } from './integerRows.ts';
import { quantizedRowSize } from './kernels/integers.ts';
import type { GpuFloatDtype, GpuLinear, GpuNorm, GpuTensor } from './kinds.ts';
import { GpuMemory } from './memory.ts';
import type { Recorder } from './recorder.ts';

/** What a backend is made with. */
export interface GpuOptions {
  /** Default: one of its own. */
  readonly recorder?: Recorder | undefined;
  /** For `putRows` and `readRows` of layers of integers; what is quantized already does not need it. */
  readonly quantizer?: Quantizer | null | undefined;
}

/** The part of the backend that reserves, fills and reads parameters and tensors. */
export class GpuStore extends GpuMemory {
  readonly #quantizer: Quantizer | null;

  constructor(device: GPUDevice, errors: DeviceErrors, { recorder, quantizer = null }: GpuOptions = {}) {
    super(device, errors, recorder);
    this.#quantizer = quantizer;
  }

  // ── reserving ────────────────────────────────────────────────────────────────────────────────────────────────────

  reserveLinear(n: number, k: number, dtype: Dtype = 'f32'): GpuLinear {
    const layer = { dtype, n, k, buffers: null };
    if (!isQuantizedDtype(dtype)) {
      return this.reserve({ ...layer, weightBytes: n * rowBytes(dtype, k), vectorBytes: 8 * n });
    }
    this.reserveScratch(quantizedRowSize(dtype, k));
    return this.reserve({ ...layer, weightBytes: new IntegerRows(dtype, n, k).bytes, vectorBytes: 12 * n });
  }

  reserveNorm(cols: number, eps: number): GpuNorm {
    return this.reserve({ cols, eps, weightBytes: 0, vectorBytes: 8 * cols, buffers: null });
  }

  /** Attention needs no room beyond its result. */
  planAttention(): void {}

  rows(t: GpuTensor, begin: number, end: number): GpuTensor {
    return { ...t, at: t.at + begin * t.stride, rows: end - begin };
  }

  cols(t: GpuTensor, begin: number, end: number): GpuTensor {
    return { ...t, at: t.at + begin, cols: end - begin };
  }

  // ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Those of a layer of integers are quantized on the CPU, as on the core. */
  putRows(w: GpuLinear, begin: number, rows: Float32Array): void {
    const { dtype, k, buffers } = w;
    if (isQuantizedDtype(dtype)) return void this.putQuantizedRows(w, begin, this.#quantizer!.quantize(rows, k));
    const at = begin * rowBytes(dtype, k);
    if (dtype === 'f32') this.put(buffers!.weights, at, rows);
    else this.put(buffers!.weights, at, padded(fromFloat32(FLOAT_DTYPES[dtype], rows), WEIGHT_BYTES[dtype] * k));
  }

  quantizedRowBytes({ dtype, k }: GpuLinear): number {
    return isQuantizedDtype(dtype) ? quantizedRowBytes(dtype, k) : 0;
  }

  putQuantizedRows({ dtype, n, k, buffers }: GpuLinear, begin: number, { bytes, scales }: QuantizedRows): void {
    const rows = new IntegerRows(dtype as QuantizedDtype, n, k);
    for (const [at, part] of rows.stored(begin, bytes)) this.put(buffers!.weights, at, part);
    this.put(buffers!.vectors, 8 * n + 4 * begin, scales);
  }

  async readQuantizedRows({ dtype, n, k, buffers }: GpuLinear, begin: number, end: number): Promise<QuantizedRows> {
    const rows = new IntegerRows(dtype as QuantizedDtype, n, k);
    const { weights, vectors } = buffers!;
    const parts = rows.places(begin, end).map(([at, size]) => this.fetch(weights, at, size));
    const [scales, ...stored] = await Promise.all([
      this.fetch(vectors, 8 * n + 4 * begin, 4 * (end - begin)),
      ...parts,
    ]);
    return { bytes: rows.saved(stored), scales: new Float32Array(scales.buffer) };
  }

  async readRows(w: GpuLinear, begin: number, end: number): Promise<Float32Array> {
    const { dtype, k, buffers } = w;
    if (isQuantizedDtype(dtype)) return this.#quantizer!.dequantize(await this.readQuantizedRows(w, begin, end), k);
    const width = rowBytes(dtype, k);
    const bytes = await this.fetch(buffers!.weights, begin * width, (end - begin) * width);
    const elements = toFloat32(FLOAT_DTYPES[dtype], bytes, new Float32Array(bytes.length / WEIGHT_BYTES[dtype]));
    return gathered(elements, { rows: end - begin, cols: k, stride: width / WEIGHT_BYTES[dtype] });
  }

  putVectors({ n, buffers }: GpuLinear, scale: Float32Array | null, shift: Float32Array | null): void {
    this.put(buffers!.vectors, 0, scale ?? new Float32Array(n).fill(1));
    this.put(buffers!.vectors, 4 * n, shift ?? new Float32Array(n));
  }

  putNorm({ cols, buffers }: GpuNorm, gamma: Float32Array, beta: Float32Array): void {
    this.put(buffers!.vectors, 0, gamma);
    this.put(buffers!.vectors, 4 * cols, beta);
  }

  write(t: GpuTensor, data: Float32Array): void {
    this.put(this.arena, 4 * t.at, data);
  }

  /** [distances, heads] → [heads, distances]. */
  writeRelativeBias(t: GpuTensor, table: Float32Array): void {
    const byHead = Float32Array.from(table, (_, i) => table[(i % t.cols) * t.rows + Math.floor(i / t.cols)]);
    this.write(t, byHead);
  }

  /** @throws `DeviceLost`, `OutOfMemory`, `Disposed` */
  async read(t: GpuTensor): Promise<Float32Array> {
    const bytes = await this.fetch(this.arena, 4 * t.at, 4 * ((t.rows - 1) * t.stride + t.cols));
    return gathered(new Float32Array(bytes.buffer), t);
  }
}

/** Every row begins with a word of its own. */
function rowBytes(dtype: GpuFloatDtype, k: number): number {
  return Math.ceil((WEIGHT_BYTES[dtype] * k) / 4) * 4;
}

/** Rows of `width` bytes, each filled up to whole words. */
function padded(bytes: Uint8Array, width: number): Uint8Array {
  if (width % 4 === 0) return bytes;
  const step = width + 2;
  const out = new Uint8Array((bytes.length / width) * step);
  for (let i = 0; i < bytes.length / width; i++) out.set(bytes.subarray(i * width, (i + 1) * width), i * step);
  return out;
}

/** The columns of a view, rows side by side. */
function gathered(values: Float32Array, { rows, cols, stride }: Omit<GpuTensor, 'at'>): Float32Array {
  if (stride === cols) return values;
  const out = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) out.set(values.subarray(i * stride, i * stride + cols), i * cols);
  return out;
}
