// Weights of 4 bits that compute as q8: 32 neighbors along k share an integer block scale m in −127…127, and each weight is
// one of 16 levels of a non-uniform codebook (cf. ggml's IQ4_NL and NF4): q = (m·LEVEL[code] + 32) >> 6, w ≈ scale·q with
// one scale for each row of W. A panel unpacks to exactly the integers of a q8 panel. A packed panel is [⌈k/32⌉, 8, 16] of
// codes (byte p holds values p and 16 + p), [⌈k/32⌉, 8] of block scales, 8 scales and 8 sums Σq: 17/32 byte a weight.
import { BLOCK } from "./codebook_q4";
import { COLUMNS_BYTES } from "./layout_q8";
import { NR_Q8 } from "./shape";

/** Bytes of the codes of a panel; the block scales take a sixteenth of that. */
// @ts-ignore: decorator
@inline
export function codes_bytes(k: usize): usize {
  return (k + BLOCK - 1) / BLOCK * NR_Q8 * 16;
}

/** Bytes of a packed panel. */
// @ts-ignore: decorator
@inline
export function panel_bytes_q4(k: usize): usize {
  return codes_bytes(k) / 16 * 17 + COLUMNS_BYTES;
}

/** Address of the codes of the block with value p of a row. */
// @ts-ignore: decorator
@inline
export function codes_q4(w: usize, row: usize, p: usize, k: usize): usize {
  return panel_of(w, row, k) + (p / BLOCK * NR_Q8 + row % NR_Q8) * 16;
}

/** Address of the block scale of the same block. */
// @ts-ignore: decorator
@inline
export function block_scale_q4(w: usize, row: usize, p: usize, k: usize): usize {
  return panel_of(w, row, k) + codes_bytes(k) + p / BLOCK * NR_Q8 + row % NR_Q8;
}

/** Address of the scale of a row; its sum Σq is NR_Q8·4 bytes after it. */
// @ts-ignore: decorator
@inline
export function scale_q4(w: usize, row: usize, k: usize): usize {
  return panel_of(w, row, k) + codes_bytes(k) / 16 * 17 + row % NR_Q8 * 4;
}

// @ts-ignore: decorator
@inline
function panel_of(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * panel_bytes_q4(k);
}
