import { concatFloats } from '../../concatBytes.ts';
import { BeitError, check, throwIfAborted } from '../../errors.ts';
import { type RawPicture, readPicture } from '../../image/picture.ts';
import type { BeitImageProcessor } from '../../loading/imageProcessors.ts';
import type { Tensor } from '../../tensor.ts';
import type { RandomStream } from '../random.ts';
import { type AugmentOptions, augmentPicture, erasePixels } from './augment.ts';
import type { TrainPicture } from './examples.ts';

/** Prepared pictures are kept up to so many bytes. */
const KEPT_BYTES = 256e6;

/** What is done with a picture that cannot be read. */
export type BadPicture = 'skip' | 'throw';

/** A picture that was skipped, and why. */
export interface SkippedPicture {
  readonly name: string;
  readonly error: BeitError;
}

/** Of the pixels that a model takes. */
export interface PictureSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** How a batch is prepared; without `augment` and `random` pictures stay as they are. */
interface Preparation {
  readonly augment?: AugmentOptions | undefined;
  /** The random numbers of the i-th example. */
  readonly random?: ((i: number) => RandomStream) | undefined;
  /** Makes other pixels of the same cropped picture too; the same one in all calls. */
  readonly second?: PixelMaker | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image processor: the model's, or that of a tokenizer. */
export interface PixelMaker {
  /**
   * Pixels as a model takes them, of one picture.
   *
   * @param picture RGB of 8 bits
   * @param options signal; default none
   * @returns `pixelValues` [1, channels, height, width]
   * @throws `Aborted`, `InvalidImage`
   */
  preprocess(
    picture: RawPicture,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly pixelValues: Tensor }>;
}

/** The pixels of one picture, as the model sees it and as a tokenizer does. */
interface Views {
  readonly pixels: Float32Array; // [C, H, W]
  readonly second: Tensor | null;
}

interface PreparedBatch<T> {
  readonly read: readonly T[];
  readonly pixels: Float32Array; // [B, C, H, W]
  /** The second view of each picture, where it was asked for. */
  readonly second: readonly Tensor[];
}

interface Drawn {
  readonly augment: AugmentOptions;
  readonly random: RandomStream;
}

/** Turns examples into pixels of one size, augmented by seed, and counts those that cannot be read. */
export class PictureStore {
  readonly skipped: SkippedPicture[] = [];
  readonly #bad = new Set<TrainPicture>();
  readonly #kept = new Map<TrainPicture, Views>();
  readonly processor: BeitImageProcessor;
  readonly size: PictureSize;
  readonly #onBad: BadPicture;

  constructor(processor: BeitImageProcessor, size: PictureSize, onBad: BadPicture) {
    this.processor = processor;
    this.size = size;
    this.#onBad = onBad;
  }

  /**
   * The pixels [B, C, H, W] of those examples that can be read, in their order, and these; null when none can.
   *
   * @throws `Aborted`; by option, what reading a picture throws
   */
  async batch<T extends { readonly example: TrainPicture }>(
    examples: readonly T[],
    { augment, random, second = null, signal }: Preparation,
  ): Promise<PreparedBatch<T> | null> {
    const read: T[] = [];
    const views: Views[] = [];
    for (const [i, known] of examples.entries()) {
      const drawn = augment && random ? { augment, random: random(i) } : null;
      const found = await this.#views(known.example, drawn, second, signal);
      if (!found) continue;
      read.push(known);
      views.push(found);
    }
    if (read.length === 0) return null;
    const pixels = concatFloats(views.map((each) => each.pixels));
    return { read, pixels, second: views.flatMap((each) => each.second ?? []) };
  }

  /** The views of an example; null when it cannot be read and is skipped. */
  async #views(
    example: TrainPicture,
    drawn: Drawn | null,
    second: PixelMaker | null,
    signal?: AbortSignal,
  ): Promise<Views | null> {
    throwIfAborted(signal);
    if (this.#bad.has(example)) return null;
    const kept = drawn ? undefined : this.#kept.get(example);
    if (kept) return kept;
    try {
      const views = await this.#prepare(example, drawn, second, signal);
      if (!drawn && 4 * views.pixels.length * (this.#kept.size + 1) <= KEPT_BYTES) this.#kept.set(example, views);
      return views;
    } catch (error) {
      return this.#skip(example, error);
    }
  }

  /** The pixels [C, H, W] of one picture. @throws what reading a picture throws, `Aborted` */
  async picture(image: TrainPicture['image'], signal?: AbortSignal): Promise<Float32Array> {
    try {
      return (await this.#prepare({ image }, null, null, signal)).pixels;
    } catch (error) {
      throw readError(error);
    }
  }

  #skip(example: TrainPicture, thrown: unknown): null {
    const error = readError(thrown);
    if (error.code === 'Aborted' || this.#onBad === 'throw') throw error;
    // it may have been read for two steps at once
    if (!this.#bad.has(example)) this.skipped.push({ name: example.name ?? '', error });
    this.#bad.add(example);
    return null;
  }

  async #prepare(
    { image }: TrainPicture,
    drawn: Drawn | null,
    second: PixelMaker | null,
    signal?: AbortSignal,
  ): Promise<Views> {
    const picture = await readPicture(typeof image === 'function' ? await image() : image, { signal });
    const seen = drawn ? augmentPicture(picture, drawn.augment, drawn.random) : picture;
    const { pixelValues } = await this.processor.preprocess(seen, { signal });
    const { channels, height, width } = this.size;
    check(`${pixelValues.dims}` === `1,${channels},${height},${width}`, 'InvalidArgument', () => {
      return `Cannot train on a picture: the image processor gives [${pixelValues.dims}], the model takes [1, ${channels}, ${height}, ${width}]`;
    });
    const pixels = pixelValues.data;
    const other = second && (await second.preprocess(seen, { signal })).pixelValues;
    if (drawn?.augment.erase) erasePixels(pixels, this.size, drawn.augment.erase, drawn.random);
    return { pixels, second: other };
  }
}

/** What a caller's function threw, as an error of this library. */
function readError(thrown: unknown): BeitError {
  if (thrown instanceof BeitError) return thrown;
  return new BeitError('InvalidImage', `Cannot read a picture: ${thrown}`, { cause: thrown });
}
