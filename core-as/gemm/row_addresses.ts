// Tables of row addresses, four bytes an entry. A micro-kernel reads whole tiles of rows, so the last address is repeated
// until the table holds a multiple of mr.

/** The addresses of `count` rows that are `stride` bytes apart. */
export function row_addresses(table: usize, base: usize, stride: usize, count: usize, mr: usize): void {
  pixel_addresses(table, base, 0, stride, usize.MAX_VALUE, 0, count, mr);
}

/** The addresses of pixels first … first + count − 1 of an image that is `width` pixels wide; strides in bytes. */
export function pixel_addresses(
  table: usize, base: usize, rowStride: usize, pixelStride: usize, width: usize, first: usize, count: usize, mr: usize,
): void {
  let y = first / width, x = first % width, address: usize = 0;
  // the pixels in reading order
  for (let i: usize = 0; i < count; ++i, table += 4) {
    address = base + y * rowStride + x * pixelStride;
    store<usize>(table, address);
    if (++x == width) x = 0, ++y;
  }
  // the rows that the last tile lacks
  for (let i = count; i % mr != 0; ++i, table += 4) store<usize>(table, address);
}
