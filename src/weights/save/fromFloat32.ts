/** The dtypes of floating-point weights, as safetensors names them. */
export const FLOAT_DTYPES = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;
/** The types weights are written in. */
export type FloatDtype = (typeof FLOAT_DTYPES)[keyof typeof FLOAT_DTYPES];

/**
 * Values as little-endian bytes of `dtype`, rounded to the nearest, ties to even.
 *
 * @example
 * fromFloat32('BF16', Float32Array.of(1)); // Uint8Array [0x80, 0x3f]
 */
export function fromFloat32(dtype: FloatDtype, values: Float32Array): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.slice().buffer);
  const bits = new Uint32Array(values.slice().buffer);
  const narrow = dtype === 'F16' ? toF16 : toBf16;
  return new Uint8Array(Uint16Array.from(bits, narrow).buffer);
}

/** Adding half of the last kept bit, less one if that bit is 0, rounds to even; NaN stays NaN. */
function toBf16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function toF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size + 0xfff + ((size >>> 13) & 1) - 0x38000000) >>> 13);
  return sign | subnormalF16(size);
}

/** Below 2⁻¹⁴ a half counts in steps of 2⁻²⁴: mantissa · 2^(exponent − 150 + 24), rounded. */
function subnormalF16(size: number): number {
  const shift = 126 - (size >>> 23);
  if (shift > 24) return 0;
  const mantissa = (size & 0x7fffff) | 0x800000;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const down = mantissa >>> shift;
  return rest > half || (rest === half && down & 1) ? down + 1 : down;
}
