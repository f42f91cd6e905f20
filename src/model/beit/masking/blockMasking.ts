import { check } from '../../../errors.ts';
import type { Grid } from '../../../interpolate.ts';
import { checkOptions, OPTIONS } from '../../../options.ts';
import { quoted } from '../../../quoted.ts';
import { Tensor } from '../../../tensor.ts';
import { Random } from '../random.ts';
import { drawBlock } from './drawBlock.ts';

/** Patches of a grid, and of a batch, at most: more than any picture has. */
const MAX_GRID = 2 ** 26;
const MAX_BATCH = 2 ** 31;
/** Tries to place one block before the mask is left as it is. */
const TRIES = 10;

/** Sizes and shares of the blocks that {@link BlockMasking} hides; unit: patches. */
export interface BlockMaskingOptions extends Grid {
  /** Patches hidden at most; default 75, of the paper's 196. */
  readonly numMaskingPatches?: number | undefined;
  /** Smallest area that is drawn for a block; default 16. */
  readonly minNumPatches?: number | undefined;
  /** Most patches that one block hides anew; default `numMaskingPatches`. */
  readonly maxNumPatches?: number | undefined;
  /** Smallest height to width of a block; default 0.3. */
  readonly minAspect?: number | undefined;
  /** Default: the inverse of `minAspect`. */
  readonly maxAspect?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Hides or shows single patches at random until there are exactly `numMaskingPatches`, as BEiT v2 does; default false. */
  readonly exact?: boolean | undefined;
}

type Settings = Required<BlockMaskingOptions>;

/**
 * The block-wise masks of BEiT pre-training (Algorithm 1 of arXiv 2106.08254, as its authors coded it): rectangles of
 * random area and aspect until the wanted number of patches is hidden, or ten tries in a row fit none. Sizes are patches.
 * The same seed gives the same masks everywhere.
 *
 * @throws `InvalidArgument` for invalid sizes, counts or aspects.
 * @example
 * const masking = new BlockMasking({ height: 14, width: 14, seed: 1 });
 * const mask = masking.next(); // bool, dims [14, 14], at most 75 ones
 * const boolMaskedPos = masking.batch(8); // bool, dims [8, 196]
 */
export class BlockMasking {
  readonly #settings: Settings;
  readonly #random: Random;

  /**
   * @param options the grid, and counts and aspects of the blocks; unit: patches
   */
  constructor(options: BlockMaskingOptions) {
    checkOptions(options, OPTIONS.masking);
    const { numMaskingPatches = 75, minAspect = 0.3 } = options;
    this.#settings = {
      ...options,
      numMaskingPatches,
      minNumPatches: options.minNumPatches ?? 16,
      maxNumPatches: options.maxNumPatches ?? numMaskingPatches,
      minAspect,
      maxAspect: options.maxAspect ?? 1 / minAspect,
      seed: options.seed ?? 0,
      exact: options.exact ?? false,
    };
    checkSettings(this.#settings);
    this.#random = new Random(this.#settings.seed);
  }

  /**
   * One mask.
   *
   * @returns [height, width], 1 where a patch is hidden
   */
  next(): Tensor<'bool'> {
    const { height, width } = this.#settings;
    return new Tensor('bool', this.#draw(), [height, width]);
  }

  /**
   * Masks for a batch: the `boolMaskedPos` of a forward pass.
   *
   * @param images how many masks
   * @returns [images, height·width], 1 where a patch is hidden
   * @throws `InvalidArgument` unless it is a count
   */
  batch(images: number): Tensor<'bool'> {
    const size = this.#settings.height * this.#settings.width;
    check(Number.isInteger(images) && images >= 0 && images * size <= MAX_BATCH, 'InvalidArgument', () => {
      return `Cannot make masks: expected a number of images, ${MAX_BATCH} patches at most, got ${quoted(images)} of ${size}`;
    });
    const data = new Uint8Array(images * size);
    for (let b = 0; b < images; b++) data.set(this.#draw(), b * size);
    return new Tensor('bool', data, [images, size]);
  }

  #draw(): Uint8Array {
    const { height, width, numMaskingPatches: wanted, maxNumPatches, exact } = this.#settings;
    const mask = new Uint8Array(height * width); // [height, width]
    let count = 0;
    while (count < wanted) {
      const added = this.#addBlock(mask, Math.min(wanted - count, maxNumPatches));
      if (added === 0) break;
      count += added;
    }
    if (exact) this.#hideMore(mask, wanted - count);
    return mask;
  }

  /** Hides one more rectangle that hides 1 to `most` patches anew. @returns how many, 0 when no try fits. */
  #addBlock(mask: Uint8Array, most: number): number {
    const { height, width } = this.#settings;
    for (let tries = 0; tries < TRIES; tries++) {
      const block = drawBlock(this.#random, this.#settings, most);
      if (block.height >= height || block.width >= width) continue;
      const top = integer(this.#random, height - block.height);
      const left = integer(this.#random, width - block.width);
      const cells = cellsOf(block, top, left, width).filter((cell) => mask[cell] === 0);
      if (cells.length === 0 || cells.length > most) continue;
      for (const cell of cells) mask[cell] = 1;
      return cells.length;
    }
    return 0;
  }

  /** `count` of the patches still shown, all equally likely. */
  #hideMore(mask: Uint8Array, count: number): void {
    const shown = Array.from(mask.keys()).filter((cell) => mask[cell] === 0);
    for (let i = 0; i < count; i++) {
      const at = i + integer(this.#random, shown.length - 1 - i);
      mask[shown[at]] = 1;
      shown[at] = shown[i];
    }
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}

function checkSettings(s: Settings): void {
  const patches = s.height * s.width;
  const wholes = [s.height, s.width, s.numMaskingPatches, s.minNumPatches, s.maxNumPatches];
  check(
    wholes.every((n) => Number.isInteger(n) && n >= 0) && patches > 0 && patches <= MAX_GRID,
    'InvalidArgument',
    () => {
      return `Invalid block masking: expected a grid of ${MAX_GRID} patches at most and counts of whole numbers, got ${quoted(s)}`;
    },
  );
  check(s.numMaskingPatches <= patches, 'InvalidArgument', () => {
    return `Invalid numMaskingPatches: expected at most the ${patches} patches of the grid, got ${quoted(s.numMaskingPatches)}`;
  });
  check(
    s.minAspect > 0 && s.maxAspect >= s.minAspect && s.maxAspect < Number.POSITIVE_INFINITY,
    'InvalidArgument',
    () => {
      return `Invalid aspects: expected 0 < minAspect ≤ maxAspect, got ${quoted(s.minAspect)} and ${quoted(s.maxAspect)}`;
    },
  );
}

/** Uniform from 0 to `last`, both included. */
function integer(random: Random, last: number): number {
  return Math.floor(random.uniform() * (last + 1));
}

function cellsOf(block: Grid, top: number, left: number, width: number): number[] {
  return Array.from({ length: block.height * block.width }, (_, i) => {
    return (top + Math.floor(i / block.width)) * width + left + (i % block.width);
  });
}
