const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The f32 whose bits are `pattern`. */
export function fromBits(pattern: number): number {
  bits[0] = pattern;
  return float[0];
}

/**
 * The distance of an f32 from the exact value, in units of the last place of an f32 that large, but of one no smaller
 * than `floor` and 2^−126.
 */
export function ulpError(got: number, exact: number, floor = 0): number {
  const rounded = Math.fround(exact);
  if (Object.is(got, rounded) && !Number.isFinite(rounded)) return 0;
  if (!Number.isFinite(got) || Number.isNaN(exact)) return Infinity;
  return Math.abs(got - exact) / unit(Math.max(Math.abs(exact), floor));
}

function unit(x: number): number {
  const exponent = x === 0 ? -126 : Math.floor(Math.log2(x));
  return 2 ** (Math.max(Math.min(exponent, 127), -126) - 23);
}
