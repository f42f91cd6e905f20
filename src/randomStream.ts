import { ln } from './math.ts';
import { cosineOfPi } from './sine.ts';

/**
 * Random numbers by counter: number `i` of a stream depends on the stream's key and on `i` alone, so any of them can be
 * drawn again, in any order, on any thread and after a restart.
 */

/** 32 bits of element `i` of a stream; the same as `random_bits` in `core-as/grad/dropout.ts`. */
export function randomBits(i: number, key0: number, key1: number): number {
  let h = (Math.imul(i, 0x9e3779b1) + key0) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  h = ((h ^ (h >>> 15)) + key1) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The key of a stream: of a seed, a step and what it is for. */
export function streamKey(seed: number, step: number, purpose: number): [key0: number, key1: number] {
  const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  const key0 = randomBits(step, randomBits(purpose, low, high), 0x6a09e667);
  return [key0, randomBits(purpose, randomBits(step, high, low), 0xbb67ae85)];
}

/** What decides over all numbers of a stream. */
export type StreamName = readonly [seed: number, step: number, purpose: number];

/** Uniform numbers of one stream, one after the other. */
export class RandomStream {
  readonly #key: readonly [number, number];
  #next = 0;

  constructor(seed: number, step: number, purpose: number) {
    this.#key = streamKey(seed, step, purpose);
  }

  /** In [0, 1), with 32 random bits. */
  uniform(): number {
    return randomBits(this.#next++, ...this.#key) / 2 ** 32;
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Mean 0, deviation 1: Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * ln(1 - this.uniform()));
    return radius * cosineOfPi(2 * this.uniform() - 1);
  }

  /** `items` in a random order: Fisher and Yates. */
  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}
