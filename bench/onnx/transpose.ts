/** [n, k] → [k, n]. */
export function transpose(weight: Float32Array, n: number, k: number): Float32Array {
  const out = new Float32Array(n * k);
  for (let row = 0; row < n; row++) for (let col = 0; col < k; col++) out[col * n + row] = weight[row * k + col];
  return out;
}
