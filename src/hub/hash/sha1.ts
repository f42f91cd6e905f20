import { BLOCK, blockHash, type StreamingHash } from './blockHash.ts';

/** SHA-1 (FIPS 180-4 §6.1). */
export function sha1(): StreamingHash {
  return blockHash(compress, 80, START);
}

/** H(0) of §5.3.1. */
const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/** f_t(b, c, d) + K_t of §4.1.1 and §4.2.1. */
function mix(i: number, b: number, c: number, d: number): number {
  if (i < 20) return ((d ^ (b & (c ^ d))) + 0x5a827999) | 0;
  if (i < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (i < 60) return (((b & c) | (d & (b | c))) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}

function compress(state: Int32Array, w: Int32Array, view: DataView, at: number, end: number): void {
  for (; at < end; at += BLOCK) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + (i << 2), false);
    for (let i = 16; i < 80; i++) {
      const x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
      w[i] = (x << 1) | (x >>> 31);
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    for (let i = 0; i < 80; i++) {
      const rotated = (a << 5) | (a >>> 27);
      const next = (((((rotated + e) | 0) + w[i]) | 0) + mix(i, b, c, d)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
}
