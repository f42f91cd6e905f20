/** The nearest f16, ties to even, as a number: a multiple of 2^(max(e, −14) − 10) by the definition of the format. */
export function roundToF16(value: number): number {
  return roundTo(value, 10, -14, 65520);
}

/** The nearest bf16, ties to even. */
export function roundToBF16(value: number): number {
  return roundTo(value, 7, -126, 2 ** 128 - 2 ** 119);
}

function roundTo(value: number, mantissaBits: number, lowestExponent: number, overflow: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  if (Math.abs(value) >= overflow) return Math.sign(value) * Number.POSITIVE_INFINITY;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), lowestExponent);
  const unit = 2 ** (exponent - mantissaBits);
  const scaled = Math.abs(value) / unit;
  const below = Math.floor(scaled);
  const up = scaled - below > 0.5 || (scaled - below === 0.5 && below % 2 !== 0);
  return Math.sign(value) * (below + (up ? 1 : 0)) * unit;
}

/** All 65,536 f16 as f32, from sign, exponent and mantissa. */
export function allF16(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return exponent ? sign * (1 + mantissa / 1024) * 2 ** (exponent - 15) : (sign * mantissa) / 2 ** 24;
  });
}
