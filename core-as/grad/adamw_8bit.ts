// AdamW whose means are kept as one byte each: the number of a code, times the largest magnitude of a block of 256
// (Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization"). A unit is four blocks.

/** Numbers that share a scale. */
const BLOCK: usize = 256;
/** Blocks of a unit: the units of all optimizers have 1024 numbers. */
const BLOCKS: usize = 4;

/**
 * Units [begin, end). As adamw, with m and v [length] in bytes, their scales [blocks] in f32, and the codes [256] of both in
 * ascending order: those of m from −1 to 1, those of v from 0 to 1. The parameter follows the means before they are rounded.
 */
export function adamw_8bit(
  begin: usize, end: usize, p: usize, g: usize, m: usize, v: usize, m_scales: usize, v_scales: usize,
  m_codes: usize, v_codes: usize, length: usize,
  keep: f32, rise1: f32, beta2: f32, rise2: f32, step: f32, correction: f32, eps: f32,
): void {
  for (let block = begin * BLOCKS; block < end * BLOCKS && block * BLOCK < length; ++block) {
    const first = block * BLOCK, last = min(first + BLOCK, length);
    const m_scale = load<f32>(m_scales + (block << 2)), v_scale = load<f32>(v_scales + (block << 2));
    let m_most: f32 = 0, v_most: f32 = 0;
    for (let i = first; i < last; ++i) {
      const grad = load<f32>(g + (i << 2)), value = p + (i << 2);
      const mean = next_mean(code_at(m_codes, m + i) * m_scale, grad, rise1);
      const square = next_square(code_at(v_codes, v + i) * v_scale, grad, beta2, rise2);
      m_most = max(m_most, abs(mean));
      v_most = max(v_most, square);
      store<f32>(value, load<f32>(value) * keep - (mean * step) / (sqrt<f32>(square) / correction + eps));
    }
    store<f32>(m_scales + (block << 2), m_most);
    store<f32>(v_scales + (block << 2), v_most);
    // the same means again, now that their largest is known
    for (let i = first; i < last; ++i) {
      const grad = load<f32>(g + (i << 2));
      const mean = next_mean(code_at(m_codes, m + i) * m_scale, grad, rise1);
      const square = next_square(code_at(v_codes, v + i) * v_scale, grad, beta2, rise2);
      store<u8>(m + i, m_most > 0 ? nearest_code(m_codes, mean / m_most) : 0);
      // a square that is not 0 never becomes 0: the root of it is a divisor
      const code = v_most > 0 ? nearest_code(v_codes, square / v_most) : 0;
      store<u8>(v + i, square > 0 ? max<u32>(code, 1) : code);
    }
  }
}

// @ts-ignore: decorator
@inline
function code_at(codes: usize, at: usize): f32 {
  return load<f32>(codes + (<usize>load<u8>(at) << 2));
}

// @ts-ignore: decorator
@inline
function next_mean(mean: f32, grad: f32, rise: f32): f32 {
  return (grad - mean) * rise + mean;
}

// @ts-ignore: decorator
@inline
function next_square(square: f32, grad: f32, beta: f32, rise: f32): f32 {
  return grad * rise * grad + square * beta;
}

/** The number of the code that is nearest to x; of two as near the lower. */
function nearest_code(codes: usize, x: f32): u32 {
  let low: u32 = 0, high: u32 = 255;
  // codes[low] ≤ x < codes[high], but for x beyond both ends
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<f32>(codes + (middle << 2)) <= x) low = middle;
    else high = middle;
  }
  const below = x - load<f32>(codes + (low << 2)), above = load<f32>(codes + (high << 2)) - x;
  return above < below ? high : low;
}
