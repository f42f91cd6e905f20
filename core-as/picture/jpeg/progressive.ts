// One block of a progressive scan: what it adds to the coefficients that earlier scans have left.
import { bits, refill, take } from "./bits";
import { COMPLETE, long_entry, LOOK } from "./huffman";
import { ZIGZAG } from "./zigzag";

/** What a scan is about: coefficients `from` to `to` in the order of the file, without their `low` lowest bits. */
@unmanaged
export class Spectrum {
  from: usize;
  to: usize;
  low: i32;
  endOfBandRun: i32; // blocks still to come that have nothing (more) in this scan
}

export const spectrum = changetype<Spectrum>(memory.data(16, 16));

/** Takes one code: run << 8 | size << 12, the bits of the value not taken. */
// @ts-ignore: decorator
@inline
function take_code(table: usize): u32 {
  if (bits.count < 32) refill();
  let entry = load<u32>(table + (<usize>(bits.window >> (64 - LOOK)) << 2));
  if ((entry & 63) == 0) entry = long_entry(table, bits.window);
  const taken = entry & COMPLETE ? (entry & 63) - ((entry >> 12) & 15) : entry & 63;
  bits.window <<= taken;
  bits.count -= taken;
  return entry;
}

// @ts-ignore: decorator
@inline
function take_signed(size: i32): i32 {
  const negative = <i32>~(<i64>bits.window >> 63) & (1 - (1 << size));
  return take(size) + negative;
}

/** The first bits of the DC coefficient; returns the difference to the prediction. */
export function decode_dc_first(block: usize, prediction: i32, dc: usize): i32 {
  const entry = take_code(dc);
  const size = (entry >> 12) & 15;
  const difference = size ? take_signed(size) : 0;
  store<i16>(block, <i16>((prediction + difference) << spectrum.low));
  return difference;
}

/** One more bit of it. */
export function decode_dc_more(block: usize): void {
  if (take(1)) store<i16>(block, load<i16>(block) | <i16>(<i32>1 << spectrum.low));
}

/** The first bits of AC coefficients. */
export function decode_ac_first(block: usize, ac: usize): void {
  const low = spectrum.low, to = spectrum.to;
  for (let k = spectrum.from; k <= to; ++k) {
    const entry = take_code(ac), run = (entry >> 8) & 15, size = (entry >> 12) & 15;
    if (size == 0 && run < 15) {
      spectrum.endOfBandRun = (1 << run) - 1 + take(run);
      return;
    }
    k += run;
    if (size) store<i16>(block + load<u8>(ZIGZAG + k), <i16>(take_signed(size) << low));
  }
}

/** One more bit of AC coefficients, and those that begin with it. */
export function decode_ac_more(block: usize, ac: usize): void {
  const bit = 1 << spectrum.low, to = spectrum.to;
  let k = spectrum.from;
  while (spectrum.endOfBandRun == 0 && k <= to) {
    const entry = take_code(ac), run = (entry >> 8) & 15, isNew = ((entry >> 12) & 15) != 0;
    if (!isNew && run < 15) {
      spectrum.endOfBandRun = (1 << run) + take(run);
      break;
    }
    const value = isNew ? (take(1) ? bit : -bit) : 0;
    k = refine(block, k, to, bit, run);
    if (isNew) store<i16>(block + load<u8>(ZIGZAG + k), <i16>value);
    ++k;
  }
  if (spectrum.endOfBandRun == 0) return;
  refine(block, k, to, bit, 64);
  --spectrum.endOfBandRun;
}

/** Reads the next bit of every coefficient that is not zero, until `zeros` zeros are passed and the next is found. */
function refine(block: usize, k: usize, to: usize, bit: i32, zeros: i32): usize {
  for (; k <= to; ++k) {
    const at = block + load<u8>(ZIGZAG + k), value = <i32>load<i16>(at);
    if (value == 0) {
      if (zeros-- == 0) return k;
    } else if (take(1) && !(value & bit)) {
      store<i16>(at, <i16>(value > 0 ? value + bit : value - bit));
    }
  }
  return k;
}
