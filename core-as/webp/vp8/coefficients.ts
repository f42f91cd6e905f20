// Coefficients of a 4 × 4 block (RFC 6386, section 13): where a lossy picture spends half of its time. AssemblyScript has
// no macros, so the decision of `read_bool` is written out at each of the six places, on local variables.
import { BITS, RANGE, VALUE, added, bool_load, shift_of, split_of } from "./bool_decoder";

/** The offset of the probabilities of position i: its band times 3 × 11; the 17th is never read from. */
const BANDS = memory.data<u16>([0, 33, 66, 99, 198, 132, 165, 198, 198, 198, 198, 198, 198, 198, 198, 231, 0]);
/** Where position i is stored: twice its place in the block. */
const ZIGZAG = memory.data<u8>([0, 2, 8, 16, 10, 4, 6, 12, 18, 24, 26, 20, 14, 22, 28, 30]);
const LEAF: u8 = 128;
/** Children of the nodes 3 to 10 of the token tree, behind three unused pairs. */
const TREE = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 4, 6, LEAF, 5, LEAF + 1, LEAF + 2, 7, 8, LEAF + 3, LEAF + 4, 9, 10, LEAF + 5, LEAF + 6, LEAF + 7, LEAF + 8,
]);
/** By leaf: two, three, four and six ranges of values, each with its least value. */
const LEAST = memory.data<u8>([2, 3, 4, 5, 7, 11, 19, 35, 67]);
/** By leaf: where the probabilities of its extra bits begin in `EXTRA`, which end with a 0. */
const EXTRA_AT = memory.data<u8>([0, 0, 0, 1, 3, 6, 10, 15, 21]);
const EXTRA = memory.data<u8>([
  0, 159, 0, 165, 145, 0, 173, 148, 140, 0, 176, 155, 140, 135, 0, 180, 157, 141, 134, 130, 0,
  254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129, 0,
]);

/**
 * Reads positions `i` and up of a block into `block`, multiplied with their steps (`steps`: 16 bits of DC, 16 of AC).
 * `probabilities` are those of its plane type, `context` counts neighbors with coefficients. Returns the position behind
 * the last coefficient; a run of zeros up to the end counts as coefficients.
 */
export function read_coefficients(
  decoder: usize, probabilities: usize, context: i32, i: i32, steps: usize, block: usize,
): i32 {
  const dc = <i32>load<u16>(steps), ac = <i32>load<u16>(steps, 2);
  let value = load<u64>(decoder, VALUE), range = load<u32>(decoder, RANGE), bits = load<i32>(decoder, BITS);
  let split: u32, scaled: u64, shift: i32;
  let p = probabilities + load<u16>(BANDS + (i << 1)) + context * 11;
  for (; i < 16; ++i) {
    // is there another coefficient?
    if (bits < 0) { value = bool_load(decoder, value); bits += added; }
    split = split_of(range, load<u8>(p)); scaled = <u64>split << bits;
    if (value < scaled) {
      shift = shift_of(split); range = split << shift; bits -= shift;
      break;
    }
    value -= scaled; range -= split; shift = shift_of(range); range <<= shift; bits -= shift;

    // zeros: behind one, a block cannot end
    while (true) {
      if (bits < 0) { value = bool_load(decoder, value); bits += added; }
      split = split_of(range, load<u8>(p, 1)); scaled = <u64>split << bits;
      if (value >= scaled) break;
      shift = shift_of(split); range = split << shift; bits -= shift;
      if (++i == 16) {
        keep(decoder, value, range, bits);
        return 16;
      }
      p = probabilities + load<u16>(BANDS + (i << 1));
    }
    value -= scaled; range -= split; shift = shift_of(range); range <<= shift; bits -= shift;

    // one, or more?
    let number = 1;
    const next = probabilities + load<u16>(BANDS + (i << 1), 2);
    if (bits < 0) { value = bool_load(decoder, value); bits += added; }
    split = split_of(range, load<u8>(p, 2)); scaled = <u64>split << bits;
    if (value < scaled) {
      shift = shift_of(split); range = split << shift; bits -= shift;
      p = next + 11;
    } else {
      value -= scaled; range -= split; shift = shift_of(range); range <<= shift; bits -= shift;

      // the rest of the tree
      let node = 3;
      do {
        if (bits < 0) { value = bool_load(decoder, value); bits += added; }
        split = split_of(range, load<u8>(p + node)); scaled = <u64>split << bits;
        const bit = value >= scaled;
        value = bit ? value - scaled : value; range = bit ? range - split : split;
        shift = shift_of(range); range <<= shift; bits -= shift;
        node = load<u8>(TREE + (node << 1) + <i32>bit);
      } while (node < 128);
      node -= 128;

      // extra bits
      number = 0;
      for (let extra = EXTRA + load<u8>(EXTRA_AT + node); load<u8>(extra); ++extra) {
        if (bits < 0) { value = bool_load(decoder, value); bits += added; }
        split = split_of(range, load<u8>(extra)); scaled = <u64>split << bits;
        const bit = value >= scaled;
        value = bit ? value - scaled : value; range = bit ? range - split : split;
        shift = shift_of(range); range <<= shift; bits -= shift;
        number = number << 1 | <i32>bit;
      }
      number += load<u8>(LEAST + node);
      p = next + 22;
    }

    // sign
    if (bits < 0) { value = bool_load(decoder, value); bits += added; }
    split = range + 1 >> 1; scaled = <u64>split << bits;
    const minus = value >= scaled;
    value = minus ? value - scaled : value; range = minus ? range - split : split;
    shift = shift_of(range); range <<= shift; bits -= shift;
    number *= i ? ac : dc;
    store<i16>(block + load<u8>(ZIGZAG + i), <i16>(minus ? -number : number));
  }
  keep(decoder, value, range, bits);
  return i;
}

// @ts-ignore: decorator
@inline
function keep(decoder: usize, value: u64, range: u32, bits: i32): void {
  store<u64>(decoder, value, VALUE);
  store<u32>(decoder, range, RANGE);
  store<i32>(decoder, bits, BITS);
}
