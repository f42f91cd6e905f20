import type { Kinds } from '../../backend.ts';
import type { BeitConfig } from '../../model/beit/config/config.ts';
import { randomBits, streamKey } from '../../randomStream.ts';
import type { DropoutKey, GradOps } from '../gradOps.ts';

type Branch = 'attention' | 'mlp';
type Place = 'embeddings' | Branch;

/** Streams of a block: each place has one of its own. */
const PLACES = ['embeddings', 'attention', 'mlp', 'probabilities', 'path.attention', 'path.mlp'] as const;

/** How much is dropped where; transformers' names and places. */
export interface DropRates {
  /** Of embeddings and of both branches; `hidden_dropout_prob`. */
  readonly hidden: number;
  /** Of attention probabilities; `attention_probs_dropout_prob`. */
  readonly attention: number;
  /** Of whole branches, for each block; from 0 up to `drop_path_rate`. */
  readonly path: readonly number[];
}

/** @returns what the config says, as `.train()` in transformers applies it. */
export function dropRatesOf(config: BeitConfig): DropRates {
  const { numHiddenLayers: depth, dropPathRate: most } = config;
  const path = Array.from({ length: depth }, (_, i) => (depth > 1 ? (most * i) / (depth - 1) : 0));
  return { hidden: config.hiddenDropoutProb, attention: config.attentionProbsDropoutProb, path };
}

/** Nothing is dropped. */
export const noDropout = (depth: number): DropRates => ({ hidden: 0, attention: 0, path: new Array(depth).fill(0) });

/** What one pass drops, from a seed and a step alone: the backward pass and a resumed run draw the same again. */
export class Randomness<K extends Kinds> {
  readonly #rates: DropRates;
  readonly #seed: number;
  readonly #step: number;
  readonly #write: (values: Float32Array) => K['tensor'];
  readonly #images: number;

  /** `write` puts one factor an image where the backend can read it. */
  constructor(
    rates: DropRates,
    seed: number,
    step: number,
    images: number,
    write: (values: Float32Array) => K['tensor'],
  ) {
    this.#rates = rates;
    this.#seed = seed;
    this.#step = step;
    this.#images = images;
    this.#write = write;
  }

  attentionKey(block: number): DropoutKey | null {
    return this.#rates.attention > 0 ? this.#key(this.#rates.attention, 'probabilities', block) : null;
  }

  /** Whether anything of the branches of a block is dropped. */
  dropsBranch(block: number): boolean {
    return this.#rates.hidden > 0 || this.#rates.path[block] > 0;
  }

  dropout(ops: GradOps<K>, out: K['tensor'], x: K['tensor'], place: Place, block: number): void {
    if (this.#rates.hidden > 0) ops.dropout(out, x, this.#key(this.#rates.hidden, place, block));
  }

  /** Drops the branch of whole images, and scales up those that stay. */
  dropPath(ops: GradOps<K>, out: K['tensor'], x: K['tensor'], branch: Branch, block: number, tokens: number): void {
    const rate = this.#rates.path[block];
    if (rate <= 0) return;
    const { key0, key1 } = this.#key(rate, `path.${branch}`, block);
    const factors = Float32Array.from({ length: this.#images }, (_, b) => {
      return randomBits(b, key0, key1) / 2 ** 32 >= rate ? 1 / (1 - rate) : 0;
    });
    ops.scaleRows(out, x, this.#write(factors), tokens);
  }

  #key(rate: number, place: (typeof PLACES)[number], block: number): DropoutKey {
    const [key0, key1] = streamKey(this.#seed, this.#step, PLACES.length * block + PLACES.indexOf(place));
    return { rate, key0, key1 };
  }
}
