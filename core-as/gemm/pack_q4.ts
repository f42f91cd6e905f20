// Quantizes rows of W to 4 bits and packs them into the panels of layout_q4.ts, and back.
import { BLOCK, block_sum, encode_block, level } from "./codebook_q4";
import { block_scale_q4, codes_q4, scale_q4 } from "./layout_q4";
import { Q8_LARGEST } from "./layout_q8";
import { inverse_of, largest_of } from "./pack_q8";
import { NR_Q8 } from "./shape";

/** Bytes of a block as it is saved: 16 of codes and its block scale. */
const SAVED_BLOCK: usize = 17;

/** Quantizes rows [begin, end) of W from src [end − begin, k], f32. */
export function pack_rows_q4(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  // rows of W
  for (let row = begin; row < end; ++row, src += k << 2) {
    const largest = largest_of(src, k), inverse = inverse_of(largest);
    let sum = 0;
    // blocks of 32 along k
    for (let p: usize = 0; p < k; p += BLOCK) {
      const codes = codes_q4(w, row, p, k), blockScale = block_scale_q4(w, row, p, k);
      sum += encode_block(codes, blockScale, src + (p << 2), min(BLOCK, k - p), inverse);
    }
    put_column(w, row, k, largest / Q8_LARGEST, sum);
  }
  if (end == n) pad_rows(w, n, k);
}

/** Zeros for the columns of the last panel that no row fills. */
function pad_rows(w: usize, n: usize, k: usize): void {
  // rows beyond n up to the end of the panel, and in each the blocks along k
  for (let row = n; row % NR_Q8 != 0; ++row) {
    for (let p: usize = 0; p < k; p += BLOCK) {
      encode_block(codes_q4(w, row, p, k), block_scale_q4(w, row, p, k), 0, 0, 0);
    }
    put_column(w, row, k, 0, 0);
  }
}

/** Takes rows [begin, end) as {@link unpack_raw_q4} gives them. */
export function pack_raw_q4(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize,
): void {
  // rows of W, and in each the blocks along k
  for (let row = begin; row < end; ++row, scales += 4) {
    let sum = 0;
    for (let p: usize = 0; p < k; p += BLOCK, bytes += SAVED_BLOCK) {
      memory.copy(codes_q4(w, row, p, k), bytes, 16);
      store<u8>(block_scale_q4(w, row, p, k), load<u8>(bytes, 16));
      sum += block_sum(codes_q4(w, row, p, k), load<i8>(bytes, 16));
    }
    put_column(w, row, k, load<f32>(scales), sum);
  }
  if (end == n) pad_rows(w, n, k);
}

/** Rows [begin, end) as they are stored: for each block its codes and its block scale, and a scale for each row. */
export function unpack_raw_q4(begin: usize, end: usize, bytes: usize, scales: usize, w: usize, k: usize): void {
  // rows of W, and in each the blocks along k
  for (let row = begin; row < end; ++row, scales += 4) {
    for (let p: usize = 0; p < k; p += BLOCK, bytes += SAVED_BLOCK) {
      memory.copy(bytes, codes_q4(w, row, p, k), 16);
      store<u8>(bytes, load<u8>(block_scale_q4(w, row, p, k)), 16);
    }
    store<f32>(scales, load<f32>(scale_q4(w, row, k)));
  }
}

/** Rows [begin, end) as scale·q. */
export function unpack_rows_q4(begin: usize, end: usize, dst: usize, w: usize, k: usize): void {
  // rows of W, and in each the values along k
  for (let row = begin; row < end; ++row) {
    const scale = load<f32>(scale_q4(w, row, k));
    for (let p: usize = 0; p < k; ++p, dst += 4) {
      const pair = load<u8>(codes_q4(w, row, p, k) + p % 16), code = p % BLOCK < 16 ? pair & 15 : pair >>> 4;
      store<f32>(dst, <f32>level(load<i8>(block_scale_q4(w, row, p, k)), code) * scale);
    }
  }
}

/** Stores the scale and the sum Σq of a row. */
// @ts-ignore: decorator
@inline
function put_column(w: usize, row: usize, k: usize, scale: f32, sum: i32): void {
  store<f32>(scale_q4(w, row, k), scale);
  store<i32>(scale_q4(w, row, k), sum, NR_Q8 * 4);
}
