import { check } from '../../errors.ts';
import { ln } from '../../math.ts';
import { quoted } from '../../quoted.ts';

/**
 * A seeded source of normal deviates that gives the same bits everywhere: xoshiro128** for the bits, Marsaglia's polar
 * method for the shape.
 */
export class Random {
  readonly #s: Uint32Array;
  #spare: number | null = null;

  /** @throws `InvalidArgument` unless it is a finite number */
  constructor(seed: number) {
    check(Number.isFinite(seed), 'InvalidArgument', () => `Invalid seed: expected a number, got ${quoted(seed)}`);
    this.#s = new Uint32Array(4);
    let x = seed >>> 0;
    // splitmix32 spreads a small seed over the state
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#s[i] = z ^ (z >>> 15);
    }
  }

  uint32(): number {
    const s = this.#s;
    const scrambled = Math.imul(s[1], 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** In [0, 1), with 32 random bits. */
  uniform(): number {
    return this.uint32() / 0x100000000;
  }

  /** Mean 0, deviation 1. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const r = u * u + v * v;
      if (r === 0 || r >= 1) continue;
      const factor = Math.sqrt((-2 * ln(r)) / r);
      this.#spare = v * factor;
      return u * factor;
    }
  }
}
