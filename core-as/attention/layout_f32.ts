// The scratch of attention, for one head of one image at a time:
// keys [⌈tokens/16⌉, headDim, 16] · values [⌈headDim/16⌉, tokens, 16] · scores [QUERIES, score_stride] · sums [QUERIES] ·
// addresses of QUERIES rows · one tile.

/** Query rows that go through the keys together: their scores stay in the first-level cache. */
export const QUERIES: usize = 32;
/** Columns of a panel, and rows of a tile, in all builds: a head of the usual 64 columns is four whole panels of 16. */
export const PANEL: usize = 16;
export const TILE_ROWS: usize = 2;

// @ts-ignore: decorator
@inline
export function round_up(n: usize): usize {
  return (n + PANEL - 1) & ~(PANEL - 1);
}

/** Floats from one row of scores to the next: whole panels, and room for the three a bias row writes too many. */
// @ts-ignore: decorator
@inline
export function score_stride(tokens: usize): usize {
  return round_up(tokens + 3);
}

// @ts-ignore: decorator
@inline
export function values_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return scratch + (round_up(tokens) * headDim << 2);
}

// @ts-ignore: decorator
@inline
export function scores_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return values_at(scratch, tokens, headDim) + (round_up(headDim) * tokens << 2);
}

// @ts-ignore: decorator
@inline
export function sums_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return scores_at(scratch, tokens, headDim) + (QUERIES * score_stride(tokens) << 2);
}

/** Bytes of one thread's scratch. */
export function attention_scratch(tokens: usize, headDim: usize): usize {
  return sums_at(0, tokens, headDim) + 2 * (QUERIES << 2) + (TILE_ROWS * PANEL << 2);
}

/** Images × heads × blocks of query rows. */
export function attention_units(images: usize, heads: usize, tokens: usize): usize {
  return images * heads * ((tokens + QUERIES - 1) / QUERIES);
}
