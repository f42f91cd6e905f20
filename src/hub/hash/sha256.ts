import { BLOCK, blockHash, type StreamingHash } from './blockHash.ts';

/** SHA-256 (FIPS 180-4 §6.2). */
export function sha256(): StreamingHash {
  return blockHash(compress, 64, START);
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
const START = primes(8).map((prime) => rootFraction(prime, 2));
/** K of §4.2.2: fractions of the cube roots of the first sixty-four primes. */
const ROUND = Int32Array.from(primes(64), (prime) => rootFraction(prime, 3));

/** W of §6.2.2 step 1. Every sum is cut to 32 bits at once: engines keep such sums in integer registers. */
function schedule(w: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + (i << 2), false);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (((((w[i - 16] + w[i - 7]) | 0) + s0) | 0) + s1) | 0;
  }
}

function compress(state: Int32Array, w: Int32Array, view: DataView, at: number, end: number): void {
  const k = ROUND;
  for (; at < end; at += BLOCK) {
    schedule(w, view, at);
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
