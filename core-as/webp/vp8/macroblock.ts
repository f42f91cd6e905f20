// Reconstructs a macroblock in place: prediction from its neighbors, plus residuals.
import { B_PRED, chroma_mode, luma_mode, subblock_modes } from "./modes";
import { predict } from "./predict";
import { predict_subblock } from "./predict_subblock";
import { blocks, kinds } from "./residuals";
import { add_block, add_dc, add_two_blocks, add_two_dcs } from "./transform";

export function reconstruct_luma(to: usize, stride: usize, has_above: bool, has_left: bool): void {
  if (luma_mode == B_PRED) return reconstruct_subblocks(to, stride);
  predict(luma_mode, to, stride, 16, has_above, has_left);
  add_plane(to, stride, 0, 4);
}

/** `first` is the plane's first block: 16 for U, 20 for V. */
export function reconstruct_chroma(to: usize, stride: usize, first: usize, has_above: bool, has_left: bool): void {
  predict(chroma_mode, to, stride, 8, has_above, has_left);
  add_plane(to, stride, first, 2);
}

/** Adds `size` × `size` blocks, in pairs. */
function add_plane(to: usize, stride: usize, first: usize, size: usize): void {
  let block = blocks + first * 32, kind = kinds + first;
  for (let y: usize = 0; y < size; ++y, to += 4 * stride) {
    for (let x: usize = 0; x < size; x += 2, block += 64, kind += 2) {
      const both = load<u8>(kind) | load<u8>(kind, 1);
      if (both > 1) add_two_blocks(block, to + 4 * x, stride);
      else if (both) add_two_dcs(block, to + 4 * x, stride);
    }
  }
}

/** One by one, since each is predicted from those before it. The four at the right edge share the pixels above and to the right. */
function reconstruct_subblocks(to: usize, stride: usize): void {
  for (let i: usize = 0; i < 16; ++i) {
    const x = (i & 3) << 2, at = to + x + (i >> 2 << 2) * stride;
    const right = x == 12 ? to - stride + 16 : at - stride + 4;
    predict_subblock(load<u8>(subblock_modes + i), at, stride, right);
    const kind = load<u8>(kinds + i);
    if (kind > 1) add_block(blocks + i * 32, at, stride);
    else if (kind) add_dc(blocks + i * 32, at, stride);
  }
}
