// Seeded weights that TypeScript and Python make alike. Twin: fixtures/make/recipe.py, where the scheme is explained.

// Of the sum of four bytes: √(4·(256² − 1)/12) = 147.80.
const STD_OF_SUM = 147.8;

function fnv1a(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h;
}

/** How many inputs one output of this weight sums; a transposed 2 × 2 convolution of stride 2 has its inputs first. */
function inputsOf(name: string, shape: readonly number[]): number {
  if (shape.length === 4 && /^fpn[12]\./.test(name)) return shape[0]!;
  return shape.slice(1).reduce((a, b) => a * b, 1);
}

function spreadOf(name: string, shape: readonly number[]): { mean: number; std: number } {
  if (/lambda_[12]$/.test(name)) return { mean: 0.1, std: 0.02 };
  if (/(_token|position_embeddings|relative_position_bias_table)$/.test(name)) return { mean: 0, std: 0.5 };
  if (/(bias|running_mean)$/.test(name)) return { mean: 0, std: 0.1 };
  if (shape.length === 1) return { mean: 1, std: 0.1 };
  return { mean: 0, std: 1 / Math.sqrt(inputsOf(name, shape)) };
}

/**
 * Fills `out` with elements [begin, begin + out.length) of the tensor `name`.
 *
 * @example
 * const chunk = fillFromRecipe(new Float32Array(768), 'classifier.weight', [1000, 768], 1, 768); // its second row
 */
export function fillFromRecipe(
  out: Float32Array,
  name: string,
  shape: readonly number[],
  seed: number,
  begin = 0,
): Float32Array {
  const { mean: center, std } = spreadOf(name, shape);
  const mean = Math.fround(center);
  const scale = Math.fround(std / STD_OF_SUM);
  let counter = (fnv1a(`${seed}:${name}`) + Math.imul(begin, 0x9e3779b9)) | 0;
  for (let i = 0; i < out.length; i++) {
    let h = counter ^ (counter >>> 16);
    h = Math.imul(h, 0x21f0aaad);
    h ^= h >>> 15;
    h = Math.imul(h, 0x735a2d97);
    h ^= h >>> 15;
    const sum = (h & 255) + ((h >>> 8) & 255) + ((h >>> 16) & 255) + (h >>> 24);
    out[i] = Math.fround((sum - 510) * scale) + mean;
    counter = (counter + 0x9e3779b9) | 0;
  }
  return out;
}

/** The whole tensor `name`. */
export function recipeTensor(name: string, shape: readonly number[], seed: number): Float32Array {
  return fillFromRecipe(new Float32Array(shape.reduce((a, b) => a * b, 1)), name, shape, seed);
}
