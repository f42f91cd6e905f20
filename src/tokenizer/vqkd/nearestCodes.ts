/** torch.nn.functional.normalize divides by no less than this. */
const EPS = 1e-12;

/**
 * The code of every vector: the row of `codebook` [codes, dim] that is nearest to the vector, [rows, dim], divided by its
 * length. Of several, the first. Sums are in double precision.
 */
export function nearestCodes(vectors: Float32Array, codebook: Float32Array, dim: number): Int32Array {
  const squares = Float64Array.from({ length: codebook.length / dim }, (_, code) => {
    return product(codebook, code * dim, codebook, code * dim, dim);
  });
  return Int32Array.from({ length: vectors.length / dim }, (_, i) => {
    const norm = Math.max(Math.sqrt(product(vectors, i * dim, vectors, i * dim, dim)), EPS);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [code, square] of squares.entries()) {
      // |z − e|² without |z|², which is the same for all
      const distance = square - (2 / norm) * product(vectors, i * dim, codebook, code * dim, dim);
      if (distance < least) {
        least = distance;
        best = code;
      }
    }
    return best;
  });
}

function product(a: Float32Array, at: number, b: Float32Array, bt: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[at + i] * b[bt + i];
  return sum;
}
