import { BeitError, check, throwIfAborted } from '../../errors.ts';
import { readPicture } from '../../image/picture.ts';
import type { BeitImageProcessor } from '../../loading/imageProcessors.ts';
import type { RandomStream } from '../random.ts';
import { type AugmentOptions, augmentPicture, erasePixels } from './augment.ts';
import type { TrainExample } from './examples.ts';

/** Prepared pictures are kept up to so many bytes. */
const KEPT_BYTES = 256e6;

/** What is done with a picture that cannot be read. */
export type BadPicture = 'skip' | 'throw';

/** A picture that was skipped, and why. */
export interface SkippedPicture {
  readonly name: string;
  readonly error: BeitError;
}

/** Turns examples into pixels of one size, augmented by seed, and counts those that cannot be read. */
export class PictureStore {
  readonly skipped: SkippedPicture[] = [];
  readonly #bad = new Set<TrainExample>();
  readonly #kept = new Map<TrainExample, Float32Array>();
  readonly #processor: BeitImageProcessor;
  readonly #size: { readonly channels: number; readonly height: number; readonly width: number };
  readonly #onBad: BadPicture;

  constructor(
    processor: BeitImageProcessor,
    size: { readonly channels: number; readonly height: number; readonly width: number },
    onBad: BadPicture,
  ) {
    this.#processor = processor;
    this.#size = size;
    this.#onBad = onBad;
  }

  /** Numbers in a picture. */
  get length(): number {
    const { channels, height, width } = this.#size;
    return channels * height * width;
  }

  /** The pixels [C, H, W] of an example; null when it cannot be read and is skipped. @throws `Aborted` */
  async pixels(
    example: TrainExample,
    augment: AugmentOptions | null,
    random: RandomStream | null,
    signal?: AbortSignal,
  ) {
    throwIfAborted(signal);
    if (this.#bad.has(example)) return null;
    const kept = augment ? undefined : this.#kept.get(example);
    if (kept) return kept;
    try {
      const pixels = await this.#prepare(example, augment, random, signal);
      if (!augment && 4 * pixels.length * (this.#kept.size + 1) <= KEPT_BYTES) this.#kept.set(example, pixels);
      return pixels;
    } catch (error) {
      return this.#skip(example, error);
    }
  }

  #skip(example: TrainExample, thrown: unknown): null {
    const error =
      thrown instanceof BeitError
        ? thrown
        : new BeitError('InvalidImage', `Cannot read a picture: ${thrown}`, { cause: thrown });
    if (error.code === 'Aborted' || this.#onBad === 'throw') throw error;
    this.#bad.add(example);
    this.skipped.push({ name: example.name ?? '', error });
    return null;
  }

  async #prepare(
    example: TrainExample,
    augment: AugmentOptions | null,
    random: RandomStream | null,
    signal?: AbortSignal,
  ) {
    const { image } = example;
    const picture = await readPicture(typeof image === 'function' ? await image() : image, { signal });
    const seen = augment && random ? augmentPicture(picture, augment, random) : picture;
    const { pixelValues } = await this.#processor.preprocess(seen, { signal });
    const { channels, height, width } = this.#size;
    check(`${pixelValues.dims}` === `1,${channels},${height},${width}`, 'InvalidArgument', () => {
      return `Cannot train on a picture: the image processor gives [${pixelValues.dims}], the model takes [1, ${channels}, ${height}, ${width}]`;
    });
    const pixels = pixelValues.data;
    if (augment?.erase && random) erasePixels(pixels, this.#size, augment.erase, random);
    return pixels;
  }
}
