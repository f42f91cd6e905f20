// Entropy-coded images (RFC 9649, section 5): literals, copies and colors of a cache. An image is ARGB, 32 bits a pixel.
import { BAD_CACHE_BITS, BAD_REFERENCE, DATA_END, NO_MEMORY, fail } from "../failure";
import { mark, release_to, reserve, reserve_zeros } from "../memory";
import {
  at as bits_at, bits as all_bits, end, held as all_held, is_past, limit, loaded_bytes, next_bits, place, read_bits, set_bits,
} from "./bit_reader";
import { distance_of } from "./distances";
import { ALPHA, BLUE, DISTANCE, GREEN, GROUP_BYTES, IS_SAME, RED, SAME_RGB_BUT_GREEN, read_group } from "./group";
import { look_up } from "./prefix_code";

const MOST_CACHE_BITS: u32 = 11;
const HASH: u32 = 0x1e35a7bd;

let width: u32 = 0;
let first: usize = 0, next: usize = 0, last: usize = 0; // pixels: the first, the next to be read, the end
let column: u32 = 0;
let cache: usize = 0, cache_shift: u32 = 0, cached: usize = 0; // colors, and the next pixel to be entered
let groups: usize = 0; // the only group, where there are no tiles
let has_green_only: bool = false; // whether red, blue and alpha take no bits in any group
let may_end_early: bool = false;
let codes: usize = 0, codes_width: u32 = 0, code_bits: u32 = 0; // which group a tile uses: u32, an address

/** A picture of its own inside of the data, such as a transform's: all of it at once. 0 on failure. */
export function read_subimage(columns: u32, rows: u32): usize {
  const pixels = reserve(<u64>columns * rows * 4 + 16);
  if (!pixels) {
    fail(NO_MEMORY, place());
    return 0;
  }
  const before = mark();
  const read = start_pixels(pixels, columns, rows, false) && read_pixels(columns * rows);
  release_to(before);
  return read ? pixels : 0;
}

/** Reads the codes of an image of columns × rows to be written to `pixels`; only the main image has several groups. */
export function start_pixels(pixels: usize, columns: u32, rows: u32, is_main: bool): bool {
  const cache_bits = read_bits(1) ? read_bits(4) : 0xff;
  const has_cache = cache_bits != 0xff;
  if (has_cache && (cache_bits == 0 || cache_bits > MOST_CACHE_BITS)) return fail(BAD_CACHE_BITS, place());
  const colors: u32 = has_cache ? 1 << cache_bits : 0;
  codes = 0;
  has_green_only = true;
  may_end_early = false;
  if (is_main && read_bits(1)) {
    if (!read_groups(columns, rows, colors)) return false;
  } else {
    groups = reserve(GROUP_BYTES);
    if (!groups) return fail(NO_MEMORY, place());
    if (!read_group(groups, colors)) return false;
    has_green_only = <bool>load<u32>(groups, IS_SAME);
  }
  cache = has_cache ? reserve_zeros(4 << cache_bits) : 0;
  if (has_cache && !cache) return fail(NO_MEMORY, place());
  cache_shift = 32 - cache_bits;
  width = columns;
  first = next = cached = pixels;
  last = pixels + columns * rows * 4;
  column = 0;
  return true;
}

/** An image of the numbers of groups, then the groups. Those that no tile uses are read and forgotten. */
function read_groups(columns: u32, rows: u32, colors: u32): bool {
  const size_bits = 2 + read_bits(3);
  const tiles_width = tiles_of(columns, size_bits), count = tiles_width * tiles_of(rows, size_bits);
  const tiles = read_subimage(tiles_width, tiles_of(rows, size_bits));
  if (!tiles) return false;
  let greatest: u32 = 0;
  for (let i: u32 = 0; i < count; ++i) greatest = max(greatest, number_of(tiles, i));
  const addresses = reserve_zeros(4 * (<u64>greatest + 1)), unused = reserve(GROUP_BYTES);
  if (!unused) return fail(NO_MEMORY, place());
  for (let i: u32 = 0; i < count; ++i) store<u32>(addresses + (number_of(tiles, i) << 2), 1);
  for (let i: u32 = 0; i <= greatest; ++i) {
    const is_used = load<u32>(addresses + (i << 2)) != 0, before = mark();
    const group = is_used ? reserve(GROUP_BYTES) : unused;
    if (!group) return fail(NO_MEMORY, place());
    if (!read_group(group, colors)) return false;
    if (!is_used) release_to(before);
    else if (!load<u32>(group, IS_SAME)) has_green_only = false;
    store<u32>(addresses + (i << 2), <u32>group);
  }
  for (let i: u32 = 0; i < count; ++i) store<u32>(tiles + (i << 2), load<u32>(addresses + (number_of(tiles, i) << 2)));
  codes = tiles;
  codes_width = tiles_width;
  code_bits = size_bits;
  return true;
}

/** How many tiles of 2^bits pixels cover a length. */
// @ts-ignore: decorator
@inline
export function tiles_of(length: u32, bits: u32): u32 {
  return length + (1 << bits) - 1 >> bits;
}

/** Red and green of a tile are the number of its group. */
// @ts-ignore: decorator
@inline
function number_of(tiles: usize, i: u32): u32 {
  return load<u32>(tiles + (i << 2)) >> 8 & 0xffff;
}

/** Enters pixels into the cache up to `to`. */
function enter(to: usize): void {
  for (; cached < to; cached += 4) {
    const color = load<u32>(cached);
    store<u32>(cache + (HASH * color >> cache_shift << 2), color);
  }
}

/** The length or distance code that a prefix means (section 5.2.2), with its extra bits. */
// @ts-ignore: decorator
@inline
function extra_of(prefix: u32): u32 {
  return prefix < 4 ? 0 : prefix - 2 >> 1;
}
// @ts-ignore: decorator
@inline
function value_of(prefix: u32, extra: u32, bits: u64): u32 {
  return (prefix < 4 ? prefix : (2 + (prefix & 1) << extra) + (<u32>bits & (1 << extra) - 1)) + 1;
}

/** Reads `count` pixels or a few more, as far as there are so many. */
export function read_pixels(count: u32): bool {
  const stop = min(last, next + count * 4), from = first, tile_mask: u32 = codes ? (1 << code_bits) - 1 : 0xffffffff;
  let bits = all_bits, held = all_held, at = bits_at, to = next, x = column, group = groups;
  let reason = 0;
  if (codes && (x & tile_mask)) group = group_of(to, x);
  while (to < stop) {
    if (codes && !(x & tile_mask)) group = group_of(to, x);
    bits |= next_bits(at, end, held); at += loaded_bytes(held); held |= 56;
    if (is_past(at, limit, held)) { reason = DATA_END; break; }
    let entry = look_up(load<u32>(group, GREEN), load<u32>(group, GREEN + 4), bits);
    bits >>= entry & 0xff; held -= entry & 0xff;
    const symbol = entry >> 8;

    if (symbol < 256) {
      let color = symbol << 8;
      if (load<u32>(group, IS_SAME)) {
        color |= load<u32>(group, SAME_RGB_BUT_GREEN);
      } else {
        entry = look_up(load<u32>(group, RED), load<u32>(group, RED + 4), bits);
        bits >>= entry & 0xff; held -= entry & 0xff;
        color |= entry >> 8 << 16;
        entry = look_up(load<u32>(group, BLUE), load<u32>(group, BLUE + 4), bits);
        bits >>= entry & 0xff; held -= entry & 0xff;
        color |= entry >> 8;
        bits |= next_bits(at, end, held); at += loaded_bytes(held); held |= 56;
        entry = look_up(load<u32>(group, ALPHA), load<u32>(group, ALPHA + 4), bits);
        bits >>= entry & 0xff; held -= entry & 0xff;
        color |= entry >> 8 << 24;
      }
      store<u32>(to, color);
      to += 4;
      if (++x == width) x = 0;
      continue;
    }

    if (symbol < 256 + 24) {
      let prefix = symbol - 256, extra = extra_of(prefix);
      const length = value_of(prefix, extra, bits);
      bits >>= extra; held -= extra;
      bits |= next_bits(at, end, held); at += loaded_bytes(held); held |= 56;
      entry = look_up(load<u32>(group, DISTANCE), load<u32>(group, DISTANCE + 4), bits);
      bits >>= entry & 0xff; held -= entry & 0xff;
      prefix = entry >> 8; extra = extra_of(prefix);
      const distance = distance_of(value_of(prefix, extra, bits), width);
      bits >>= extra; held -= extra;
      if (<u32>(to - from) >> 2 < distance || <u32>(last - to) >> 2 < length) { reason = BAD_REFERENCE; break; }
      copy(to, distance << 2, length << 2);
      to += length << 2;
      x += length;
      while (x >= width) x -= width;
      if (codes && (x & tile_mask) && to < last) group = group_of(to, x);
      continue;
    }

    // a color of the cache
    enter(to);
    store<u32>(to, load<u32>(cache + (symbol - 256 - 24 << 2)));
    to += 4;
    if (++x == width) x = 0;
  }
  if (to == last && !may_end_early && is_past(at, limit, held)) reason = DATA_END;
  set_bits(bits, held, at);
  if (cache && to < last) enter(to);
  next = to;
  column = x;
  return reason ? fail(reason, place()) : true;
}

/**
 * Alpha of nothing but indices, without a color cache, may end within its last symbol: libwebp reads it with other code than
 * all else, and that does not look whether it is past the end.
 */
export function allow_early_end(): void {
  may_end_early = has_green_only && !cache;
}

/** Whether all pixels were read. */
export function are_pixels_done(): bool {
  return next == last;
}

/** The group of the tile that a pixel is in. */
function group_of(pixel: usize, x: u32): usize {
  const y = <u32>(pixel - first >> 2) / width;
  return load<u32>(codes + ((y >> code_bits) * codes_width + (x >> code_bits) << 2));
}

/** Copies forward, where the source may overlap; may write up to 12 bytes more. */
// @ts-ignore: decorator
@inline
function copy(to: usize, distance: usize, bytes: usize): void {
  const stop = to + bytes;
  if (distance >= 16) {
    for (; to < stop; to += 16) v128.store(to, v128.load(to - distance));
  } else {
    for (; to < stop; to += 4) store<u32>(to, load<u32>(to - distance));
  }
}
