/** The reflected polynomial of IEEE 802.3, as zip and PNG use it. */
const POLYNOMIAL = 0xedb88320;

/**
 * `tables[k · 256 + b]` is the remainder of byte b followed by k zero bytes, so that eight bytes need eight look-ups that
 * do not wait for each other.
 */
const TABLES = makeTables();

/**
 * CRC-32 of `bytes`, continuing from `crc` of what stood before them.
 *
 * @example
 * crc32(new TextEncoder().encode('123456789')); // 0xcbf43926
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let c = ~crc;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c =
      TABLES[1792 + (c & 255)] ^
      TABLES[1536 + ((c >>> 8) & 255)] ^
      TABLES[1280 + ((c >>> 16) & 255)] ^
      TABLES[1024 + (c >>> 24)] ^
      TABLES[768 + bytes[i + 4]] ^
      TABLES[512 + bytes[i + 5]] ^
      TABLES[256 + bytes[i + 6]] ^
      TABLES[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = TABLES[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(2048);
  for (let b = 0; b < 256; b++) {
    let c = b;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    tables[b] = c;
  }
  for (let i = 256; i < 2048; i++) tables[i] = (tables[i - 256] >>> 8) ^ tables[tables[i - 256] & 255];
  return tables;
}
