import type { QuantizedRows } from '../backend.ts';
import { type Dtype, isQuantizedDtype, WEIGHT_BYTES } from '../dtype.ts';
import { BeitError, check } from '../errors.ts';
import { quoted } from '../quoted.ts';
import { toFloat32 } from '../weights/dtype.ts';
import { FLOAT_DTYPES, fromFloat32 } from '../weights/save/fromFloat32.ts';
import type { GpuDtype, GpuLinear, GpuNorm, GpuTensor } from './kinds.ts';
import { GpuMemory } from './memory.ts';

/** The part of the backend that reserves, fills and reads parameters and tensors. */
export class GpuStore extends GpuMemory {
  // ── reserving ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @throws `InvalidArgument` for q8 and q4 */
  reserveLinear(n: number, k: number, dtype: Dtype = 'f32'): GpuLinear {
    check(!isQuantizedDtype(dtype), 'InvalidArgument', () => {
      return `Invalid dtype for device 'webgpu': expected f32, f16 or bf16, got ${quoted(dtype)}, which computes in integers on the core`;
    });
    return this.reserve({ dtype, n, k, weightBytes: n * rowBytes(dtype, k), vectorBytes: 8 * n, buffers: null });
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

  putRows(w: GpuLinear, begin: number, rows: Float32Array): void {
    const { weights } = w.buffers!;
    const at = begin * rowBytes(w.dtype, w.k);
    if (w.dtype === 'f32') this.put(weights, at, rows);
    else this.put(weights, at, padded(fromFloat32(FLOAT_DTYPES[w.dtype], rows), WEIGHT_BYTES[w.dtype] * w.k));
  }

  /** Layers hold numbers here. */
  quantizedRowBytes(): number {
    return 0;
  }

  putQuantizedRows(): void {
    throw new BeitError('InvalidArgument', 'Cannot keep integers on the GPU');
  }

  readQuantizedRows(): QuantizedRows {
    throw new BeitError('InvalidArgument', 'Cannot read integers from the GPU');
  }

  async readRows(w: GpuLinear, begin: number, end: number): Promise<Float32Array> {
    const width = rowBytes(w.dtype, w.k);
    const bytes = await this.fetch(w.buffers!.weights, begin * width, (end - begin) * width);
    const elements = toFloat32(FLOAT_DTYPES[w.dtype], bytes, new Float32Array(bytes.length / WEIGHT_BYTES[w.dtype]));
    return gathered(elements, { rows: end - begin, cols: w.k, stride: width / WEIGHT_BYTES[w.dtype] });
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
function rowBytes(dtype: GpuDtype, k: number): number {
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
