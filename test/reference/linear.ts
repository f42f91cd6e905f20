/** out[i][j] = Σ_p x[i][p]·w[j][p], in f64; x is [m, k], w [n, k]. */
export function linear(x: ArrayLike<number>, w: ArrayLike<number>, m: number, n: number, k: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let p = 0; p < k; p++) out[i * n + j] += x[i * k + p] * w[j * k + p];
  return out;
}

/** The same sums in f32, one product and one addition at a time, p rising: what every f32 kernel gives bit for bit. */
export function linearF32(x: Float32Array, w: Float32Array, m: number, n: number, k: number): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let p = 0; p < k; p++) out[i * n + j] += Math.fround(x[i * k + p] * w[j * k + p]);
  return out;
}

/** The same sums with one rounding a step: what every f32 kernel with fused arithmetic gives bit for bit. */
export function linearFused(x: Float32Array, w: Float32Array, m: number, n: number, k: number): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let p = 0; p < k; p++) out[i * n + j] = fma(x[i * k + p], w[j * k + p], out[i * n + j]);
  return out;
}

/**
 * a·b + c of f32 values, rounded once. The product is exact in f64. Its sum is rounded to odd there: an inexact sum whose last bit is
 * even moves by one to the side of the error, so that rounding it to f32 is as good as rounding the exact sum.
 */
function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const added = sum - product;
  const error = product - (sum - added) + (c - added);
  if (error === 0 || !Number.isFinite(sum)) return Math.fround(sum);
  const bits = new BigInt64Array(Float64Array.of(sum).buffer);
  if ((bits[0] & 1n) === 0n) bits[0] += error > 0 === sum > 0 ? 1n : -1n;
  return Math.fround(new Float64Array(bits.buffer)[0]);
}

/**
 * The rows a 3×3 convolution with padding 1 multiplies with its weights, [height·width, 9·c] in the order (ky, kx, c),
 * from a channels-last map [height, width, c].
 */
export function convRows(map: Float32Array, height: number, width: number, c: number): Float32Array {
  const rows = new Float32Array(height * width * 9 * c);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let ky = 0; ky < 3; ky++)
        for (let kx = 0; kx < 3; kx++) {
          const [fromY, fromX] = [y + ky - 1, x + kx - 1];
          if (fromY < 0 || fromX < 0 || fromY >= height || fromX >= width) continue;
          const from = (fromY * width + fromX) * c;
          rows.set(map.subarray(from, from + c), ((y * width + x) * 9 + ky * 3 + kx) * c);
        }
  return rows;
}

/** Numbers in [−1, 1) from a 32-bit linear congruential generator: the same on every machine. */
export function randomFloats(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / (1 << 23) - 1;
  });
}
