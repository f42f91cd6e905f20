// Reconstructs a macroblock in place: prediction from its neighbors, plus residuals.
import { B_PRED, chroma_mode, luma_mode, subblock_modes } from "./modes";
import { predict } from "./predict";
import { predict_subblock } from "./predict_subblock";
import { blocks, kinds } from "./residuals";
import { add_block, add_dc, add_three, add_two_blocks, add_two_dcs } from "./transform";

export function reconstruct_luma(to: usize, stride: usize, has_above: bool, has_left: bool): void {
  if (luma_mode == B_PRED) return reconstruct_subblocks(to, stride);
  predict(luma_mode, to, stride, 16, has_above, has_left);
  for (let i: usize = 0; i < 16; i += 2) {
    const at = to + ((i & 3) << 2) + (i >> 2 << 2) * stride;
    if (load<u16>(kinds + i) == 0x0303) {
      add_two_blocks(blocks + i * 32, at, stride);
    } else {
      add_one(i, at, stride);
      add_one(i + 1, at + 4, stride);
    }
  }
}

/** `first` is the plane's first block: 16 for U, 20 for V. */
export function reconstruct_chroma(to: usize, stride: usize, first: usize, has_above: bool, has_left: bool): void {
  predict(chroma_mode, to, stride, 8, has_above, has_left);
  const all = load<u32>(kinds + first);
  if (!all) return;
  const upper = blocks + first * 32, lower = upper + 64;
  if (all & 0x02020202) {
    add_two_blocks(upper, to, stride);
    add_two_blocks(lower, to + 4 * stride, stride);
  } else {
    add_two_dcs(upper, to, stride);
    add_two_dcs(lower, to + 4 * stride, stride);
  }
}

/** One by one, since each is predicted from those before it. The four at the right edge share the pixels above and to the right. */
function reconstruct_subblocks(to: usize, stride: usize): void {
  for (let i: usize = 0; i < 16; ++i) {
    const x = (i & 3) << 2, at = to + x + (i >> 2 << 2) * stride;
    const right = x == 12 ? to - stride + 16 : at - stride + 4;
    predict_subblock(load<u8>(subblock_modes + i), at, stride, right);
    add_one(i, at, stride);
  }
}

// @ts-ignore: decorator
@inline
function add_one(i: usize, to: usize, stride: usize): void {
  const kind = load<u8>(kinds + i), block = blocks + i * 32;
  if (kind > 2) add_block(block, to, stride);
  else if (kind > 1) add_three(block, to, stride);
  else if (kind) add_dc(block, to, stride);
}
