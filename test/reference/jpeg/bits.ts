/** A string of 0 and 1 as the entropy-coded bytes of a scan: filled up with ones, a zero behind every byte FF. */
export function bytesOf(bits: string): number[] {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return bytes.flatMap((byte) => (byte === 255 ? [255, 0] : [byte]));
}

/** The lowest `n` bits of a number, highest first. */
export function bitsOf(value: number, n: number): string {
  return n === 0 ? '' : (value & ((1 << n) - 1)).toString(2).padStart(n, '0');
}

/** Magnitude bits of a coefficient, and how many: negative numbers are one less. */
export function signedBits(value: number): { size: number; bits: string } {
  const size = value === 0 ? 0 : 32 - Math.clz32(Math.abs(value));
  return { size, bits: bitsOf(value < 0 ? value - 1 : value, size) };
}

/** What makes the code of a Huffman table 8 bits that are the symbol itself; FF has none. */
export const PLAIN_CODE = {
  counts: new Uint8Array(16).fill(255, 7, 8),
  symbols: Uint8Array.from({ length: 255 }, (_, i) => i),
};
