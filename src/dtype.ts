/** How weights are kept. `f16` and `bf16` compute in f32; `q8` and `q4` in exact integers. */
export const DTYPES = ['f32', 'f16', 'bf16', 'q8', 'q4'] as const;
/** One of {@link DTYPES}. */
export type Dtype = (typeof DTYPES)[number];

/** What one weight takes at least. Unit: bytes. */
export const WEIGHT_BYTES: Readonly<Record<Dtype, number>> = { f32: 4, f16: 2, bf16: 2, q8: 1, q4: 0.5 };

/** The dtypes that compute in integers. */
export const QUANTIZED_DTYPES = ['q8', 'q4'] as const;
/** One of {@link QUANTIZED_DTYPES}. */
export type QuantizedDtype = (typeof QUANTIZED_DTYPES)[number];

/** Whether weights kept so compute in integers. */
export function isQuantizedDtype(dtype: Dtype | undefined): dtype is QuantizedDtype {
  return QUANTIZED_DTYPES.includes(dtype as QuantizedDtype);
}

/** Bytes of a row of k weights: q8 signed bytes; q4, for every 32, 16 of codes and a factor. */
export function quantizedRowBytes(dtype: QuantizedDtype, k: number): number {
  return dtype === 'q8' ? k : 17 * Math.ceil(k / 32);
}
