/** A digest fed piece by piece. `digest` may be called once; it gives lower-case hexadecimal. */
export interface StreamingHash {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** The two digests the hub announces: of LFS files, and of git's own blobs. */
export type HashName = 'sha256' | 'sha1';

/** Feeds the blocks at [at, end) of `view` to `state`; `words` is scratch for the message schedule. */
type Compress = (state: Int32Array, words: Int32Array, view: DataView, at: number, end: number) => void;

const BLOCK = 64;

/**
 * Streaming SHA-256 (FIPS 180-4 §6.2) or SHA-1 (§6.1), where Web Crypto only digests what lies in memory whole.
 *
 * @example
 * const hash = streamingHash('sha256');
 * hash.update(new TextEncoder().encode('abc'));
 * hash.digest(); // 'ba7816bf…f20015ad'
 */
export function streamingHash(name: HashName): StreamingHash {
  return name === 'sha256' ? blockHash(compress256, 64, SHA256_START) : blockHash(compress1, 80, SHA1_START);
}

/** Merkle–Damgård over 64-byte blocks: `compress` per block, then 0x80, zeros and the length in bits (§5.1.1). */
function blockHash(compress: Compress, wordCount: number, start: readonly number[]): StreamingHash {
  const state = Int32Array.from(start);
  const words = new Int32Array(wordCount);
  const tail = new Uint8Array(2 * BLOCK);
  const tailView = new DataView(tail.buffer);
  let length = 0;
  return {
    update(bytes) {
      let at = 0;
      const held = length % BLOCK;
      length += bytes.length;
      if (held > 0) {
        at = Math.min(BLOCK - held, bytes.length);
        tail.set(bytes.subarray(0, at), held);
        if (held + at < BLOCK) return;
        compress(state, words, tailView, 0, BLOCK);
      }
      const end = bytes.length - ((bytes.length - at) % BLOCK);
      compress(state, words, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at, end);
      tail.set(bytes.subarray(end), 0);
    },
    digest() {
      const held = length % BLOCK;
      const end = held < BLOCK - 8 ? BLOCK : 2 * BLOCK;
      tail.fill(0, held);
      tail[held] = 0x80;
      tailView.setUint32(end - 8, Math.floor(length / 2 ** 29));
      tailView.setUint32(end - 4, (length * 8) % 2 ** 32);
      compress(state, words, tailView, 0, end);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n);
  return found;
}

/** The first 32 bits of the fractional part of a root of `prime`, exactly: ⌊ⁿ√(prime · 2^(32·n))⌋ by integer Newton. */
function rootFraction(prime: number, degree: 2 | 3): number {
  const target = BigInt(prime) << BigInt(32 * degree);
  for (let guess = 1n << 40n; ; ) {
    const next = degree === 2 ? (guess + target / guess) / 2n : (2n * guess + target / (guess * guess)) / 3n;
    if (next >= guess) return Number(BigInt.asIntN(32, guess));
    guess = next;
  }
}

/** H(0) of §5.3.3: fractions of the square roots of the first eight primes. */
const SHA256_START = primes(8).map((prime) => rootFraction(prime, 2));
/** K of §4.2.2: fractions of the cube roots of the first sixty-four primes. */
const SHA256_ROUND = Int32Array.from(primes(64), (prime) => rootFraction(prime, 3));
/** H(0) of §5.3.1. */
const SHA1_START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/** W of §6.2.2 step 1. Every sum is cut to 32 bits at once: engines keep such sums in integer registers. */
function schedule256(w: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + (i << 2), false);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (((((w[i - 16] + w[i - 7]) | 0) + s0) | 0) + s1) | 0;
  }
}

function compress256(state: Int32Array, w: Int32Array, view: DataView, at: number, end: number): void {
  const k = SHA256_ROUND;
  for (; at < end; at += BLOCK) {
    schedule256(w, view, at);
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (((((((h + s1) | 0) + (g ^ (e & (f ^ g)))) | 0) + k[i]) | 0) + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

/** f_t(b, c, d) + K_t of §4.1.1 and §4.2.1. */
function mix1(i: number, b: number, c: number, d: number): number {
  if (i < 20) return ((d ^ (b & (c ^ d))) + 0x5a827999) | 0;
  if (i < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (i < 60) return (((b & c) | (d & (b | c))) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}

function compress1(state: Int32Array, w: Int32Array, view: DataView, at: number, end: number): void {
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
      const next = (((((rotated + e) | 0) + w[i]) | 0) + mix1(i, b, c, d)) | 0;
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
