// One block of a sequential scan.
import { bits, check_sufficient, follow_code, follow_libjpeg, load_big_endian, refill_at_end } from "./bits";
import { COMPLETE, long_entry, LOOK } from "./huffman";
import { ZIGZAG } from "./zigzag";

/**
 * Adds to `block` (i16 [64] in rows, zero before) the coefficients of the file; the first one is `prediction` plus the
 * difference that is read. Returns that difference in the upper half, and the index of the last AC coefficient in the lower.
 */
export function decode_block(block: usize, prediction: i32, dc: usize, ac: usize): i64 {
  let window = bits.window, count = bits.count, position = bits.position;
  const end = bits.end, tail = bits.tail;
  let entry: u32 = 0, table = dc, k: usize = 0, last: usize = 0, difference: i32 = 0;
  // every turn reads one code and its value, the first by the DC table
  do {
    if (count < 32) {
      if (position + 8 <= end) {
        window |= load_big_endian(position) >> count;
        position += (63 - count) >> 3;
        count |= 56;
      } else {
        bits.window = window;
        bits.count = count;
        bits.position = position;
        refill_at_end();
        window = bits.window;
        count = bits.count;
        position = bits.position;
      }
    }
    entry = load<u32>(table + (<usize>(window >> (64 - LOOK)) << 2));
    let value: i32, taken = entry & 63;
    if (entry & COMPLETE) {
      value = <i32>entry >> 16;
      if (position >= tail) follow_both(position, count, taken, (entry >> 12) & 15);
      window <<= taken;
      count -= taken;
    } else {
      if (taken == 0) {
        entry = long_entry(table, window);
        taken = entry & 63;
      }
      if (position >= tail) follow_code(position, count, taken);
      window <<= taken;
      count -= taken;
      const size = (entry >> 12) & 15;
      if (size == 0 && k > 0) {
        if (((entry >> 8) & 15) != 15) break; // end of block
        k += 16;
        continue;
      }
      if (position >= tail) follow_libjpeg(position, count, size);
      // a first bit of 0 makes the value negative: −2^size + 1 is added
      value = <i32>((window >> 1) >> (63 - size)) + (<i32>~(<i64>window >> 63) & (1 - (1 << size)));
      window <<= size;
      count -= size;
    }
    if (k == 0) {
      difference = value;
      store<i16>(block, <i16>(prediction + value));
      table = ac;
      k = 1;
      continue;
    }
    k += (entry >> 8) & 15;
    store<i16>(block + load<u8>(ZIGZAG + k), <i16>value);
    last = k++;
  } while (k < 64);
  bits.window = window;
  bits.count = count;
  bits.position = position;
  check_sufficient();
  return <i64>difference << 32 | <i64>last;
}

/** libjpeg takes a code and its value one after the other. */
function follow_both(position: usize, count: i32, taken: i32, size: i32): void {
  const length = taken - size;
  follow_code(position, count, length);
  follow_libjpeg(position, count - length, size);
}
