import { DTYPES, type Dtype } from '../../../src/dtype.ts';
import type { Kernels } from '../../../src/wasm/kernels.ts';
import type { Core } from '../core.ts';

/** A linear layer packed into a core's memory. */
export interface Layer {
  readonly core: Core;
  readonly dtype: Dtype;
  readonly w: number;
  readonly bytes: number;
  readonly n: number;
  readonly k: number;
}

export interface Call {
  readonly x: Float32Array;
  readonly m: number;
  /** Floats from row to row; k when absent. */
  readonly xStride?: number;
  readonly outStride?: number;
  /** What stands in the output before the call, for epilogue `add`. */
  readonly out?: Float32Array;
  readonly scale?: Float32Array;
  readonly shift?: Float32Array;
  readonly epilogue?: number;
  /** Where the units are split into ranges, as threads do, as fractions of all of them. */
  readonly cuts?: readonly number[];
}

/** Packs `rows` [n, k] in chunks of rows that end at `cuts`. */
export function packLayer(core: Core, dtype: Dtype, rows: Float32Array, n: number, k: number, cuts = [n]): Layer {
  const bytes = core.kernels.linear_bytes(n, k, DTYPES.indexOf(dtype));
  const w = core.alloc(bytes);
  const src = core.place(rows);
  core.writesOnly([[w, bytes]], () => {
    let begin = 0;
    for (const end of cuts) {
      core.kernels.pack(begin, end, w, src + 4 * begin * k, n, k, DTYPES.indexOf(dtype));
      begin = end;
    }
  });
  return { core, dtype, w, bytes, n, k };
}

/** Rows [begin, end) as f32, as the core gives them back. */
export function unpackLayer({ core, dtype, w, n, k }: Layer, begin = 0, end = n): Float32Array {
  const length = (end - begin) * k;
  const dst = core.alloc(4 * length);
  core.writesOnly([[dst, 4 * length]], () => core.kernels.unpack(begin, end, dst, w, k, DTYPES.indexOf(dtype)));
  return core.floats(dst, length);
}

/** Units of m rows. */
export function unitsOf({ kernels }: Core, dtype: Dtype, m: number): number {
  return kernels.linear_units(m, DTYPES.indexOf(dtype));
}

/** out [m, n] without the gaps between rows; asserts that nothing but the n columns of the m rows was written. */
export function runLayer({ core, dtype, w, n, k }: Layer, call: Call): Float32Array {
  const { x, m, xStride = k, outStride = n, epilogue = 0, cuts = [1] } = call;
  const out = core.alloc(4 * m * outStride);
  for (let i = 0; call.out && i < m; i++)
    poke(core.kernels, out + 4 * i * outStride, call.out.subarray(i * n, i * n + n));
  const [xAt, scale, shift] = [x, call.scale, call.shift].map((values) => (values ? core.place(values) : 0));
  const scratchBytes = core.kernels.linear_scratch(k, DTYPES.indexOf(dtype));
  const scratch = core.alloc(scratchBytes);
  const rows = Array.from({ length: m }, (_, i) => [out + 4 * i * outStride, 4 * n] as const);
  core.writesOnly([...rows, [scratch, scratchBytes]], () => {
    let begin = 0;
    for (const cut of cuts) {
      const end = Math.round(cut * unitsOf(core, dtype, m));
      core.kernels.linear(
        begin,
        end,
        m,
        out,
        outStride,
        xAt,
        xStride,
        w,
        n,
        k,
        scale,
        shift,
        epilogue,
        DTYPES.indexOf(dtype),
        scratch,
      );
      begin = end;
    }
  });
  const result = new Float32Array(m * n);
  for (let i = 0; i < m; i++) result.set(core.floats(out + 4 * i * outStride, n), i * n);
  return result;
}

function poke(kernels: Kernels, pointer: number, values: Float32Array): void {
  new Float32Array(kernels.memory.buffer, pointer, values.length).set(values);
}
