/** How weights are kept. `f16` and `bf16` compute in f32; `q8` and `q4` in exact integers. */
export const DTYPES = ['f32', 'f16', 'bf16', 'q8', 'q4'] as const;
/** One of {@link DTYPES}. */
export type Dtype = (typeof DTYPES)[number];

/** Whether weights kept so compute in integers. */
export function isQuantizedDtype(dtype: Dtype | undefined): dtype is QuantizedDtype {
  return dtype === 'q8' || dtype === 'q4';
}

/** One of the dtypes that compute in integers. */
export type QuantizedDtype = 'q8' | 'q4';

/** Bytes of a row of k weights: q8 signed bytes; q4, for every 32, 16 of codes and a factor. */
export function quantizedRowBytes(dtype: QuantizedDtype, k: number): number {
  return dtype === 'q8' ? k : 17 * Math.ceil(k / 32);
}
