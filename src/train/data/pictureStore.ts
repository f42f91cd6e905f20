import type { AugmentOptions } from '../../augment/augment.ts';
import {
  type Augmentation,
  augmentedPixels,
  type PictureSize,
  type PixelMaker,
  type Views,
} from '../../augment/augmentedPixels.ts';
import { concatFloats } from '../../concatBytes.ts';
import { BeitError, check, throwIfAborted } from '../../errors.ts';
import type { BeitImageProcessor } from '../../loading/imageProcessors.ts';
import { quoted } from '../../quoted.ts';
import type { StreamName } from '../../randomStream.ts';
import type { Tensor } from '../../tensor.ts';
import type { TrainPicture } from './examples.ts';
import type { PictureWorkers } from './pictureWorkers.ts';

/** Prepared pictures are kept up to so many bytes. */
const KEPT_BYTES = 256e6;
/** More workers than this are a mistake. */
const MOST_WORKERS = 64;

/** What is done with a picture that cannot be read. */
export type BadPicture = 'skip' | 'throw';

/** A picture that was skipped, and why. */
export interface SkippedPicture {
  readonly name: string;
  readonly error: BeitError;
}

/** How a batch is prepared; without `augment` and `random` pictures stay as they are. */
interface Preparation {
  readonly augment?: AugmentOptions | undefined;
  /** The random numbers of the i-th example. */
  readonly random?: ((i: number) => StreamName) | undefined;
  /** Makes other pixels of the same cropped picture too; the same one in all calls. */
  readonly second?: PixelMaker | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Those examples of a batch that can be read, and what they are for a model. */
export interface PreparedBatch<T> {
  readonly read: readonly T[];
  readonly pixels: Float32Array; // [B, C, H, W]
  /** The second view of each picture, where it was asked for. */
  readonly second: readonly Tensor[];
}

/** Turns examples into pixels of one size, augmented by seed, and counts those that cannot be read. */
export class PictureStore {
  readonly skipped: SkippedPicture[] = [];
  readonly #bad = new Set<TrainPicture>();
  readonly #kept = new Map<TrainPicture, Views>();
  readonly processor: BeitImageProcessor;
  readonly size: PictureSize;
  readonly #onBad: BadPicture;
  /** What reads pictures; null for the calling thread. */
  #workers: PictureWorkers | null = null;

  constructor(processor: BeitImageProcessor, size: PictureSize, onBad: BadPicture) {
    this.processor = processor;
    this.size = size;
    this.#onBad = onBad;
  }

  /**
   * The pixels [B, C, H, W] of those examples that can be read, in their order, and these; null when none can.
   *
   * @throws `Aborted`, `WorkerFailed`; by option, what reading a picture throws
   */
  async batch<T extends { readonly example: TrainPicture }>(
    examples: readonly T[],
    { augment, random, second = null, signal }: Preparation,
  ): Promise<PreparedBatch<T> | null> {
    const start = (i: number) => {
      const augmentation = augment && random ? { augment, stream: random(i) } : null;
      return this.#views(examples[i].example, augmentation, second, signal);
    };
    // workers read several at once; results are taken in order
    const begun = this.#workers && examples.map((_, i) => settled(start(i)));
    const read: T[] = [];
    const views: Views[] = [];
    for (const [i, known] of examples.entries()) {
      const { value, error } = begun ? await begun[i] : await settled(start(i));
      const found = error === undefined ? value : this.#skip(known.example, error);
      if (!found) continue;
      read.push(known);
      views.push(found);
    }
    if (read.length === 0) return null;
    const pixels = concatFloats(views.map((each) => each.pixels));
    return { read, pixels, second: views.flatMap((each) => each.second ?? []) };
  }

  /** The views of an example; null when it was skipped before. */
  async #views(
    example: TrainPicture,
    augmentation: Augmentation | null,
    second: PixelMaker | null,
    signal?: AbortSignal,
  ): Promise<Views | null> {
    throwIfAborted(signal);
    if (this.#bad.has(example)) return null;
    const kept = augmentation ? undefined : this.#kept.get(example);
    if (kept) return kept;
    const views = await this.#prepare(example, augmentation, second, signal);
    const fits = 4 * views.pixels.length * (this.#kept.size + 1) <= KEPT_BYTES;
    if (!augmentation && fits) this.#kept.set(example, views);
    return views;
  }

  /** From now on so many workers read pictures. @throws `InvalidArgument`; `UnsupportedRuntime` where there are none */
  async startWorkers(count: number): Promise<void> {
    check(Number.isInteger(count) && count >= 0 && count <= MOST_WORKERS, 'InvalidArgument', () => {
      return `Invalid pictureWorkers: expected an integer of 0 to ${MOST_WORKERS}, got ${quoted(count)}`;
    });
    if (count === 0) return;
    const { PictureWorkers } = await import('./pictureWorkers.ts'); // their script is as large as the library
    this.#workers = new PictureWorkers(count);
  }

  /** From now on the calling thread reads pictures. */
  endWorkers(): void {
    this.#workers?.dispose();
    this.#workers = null;
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
    if (error.code === 'Aborted' || error.code === 'WorkerFailed' || this.#onBad === 'throw') throw error;
    // it may have been read for two steps at once
    if (!this.#bad.has(example)) this.skipped.push({ name: example.name ?? '', error });
    this.#bad.add(example);
    return null;
  }

  async #prepare(
    { image }: TrainPicture,
    augmentation: Augmentation | null,
    second: PixelMaker | null,
    signal?: AbortSignal,
  ): Promise<Views> {
    const { processor, size } = this;
    const workers = this.#workers;
    const request = async () => {
      return { picture: typeof image === 'function' ? await image() : image, augmentation, size };
    };
    if (workers?.can(second)) return workers.prepare(request, processor, second, signal);
    return augmentedPixels(await request(), processor, second, signal);
  }
}

/** What a promise comes to: it may reject before its turn, when nothing awaits it yet. */
async function settled<T>(result: Promise<T>): Promise<{ value: T | null; error?: unknown }> {
  try {
    return { value: await result };
  } catch (error) {
    return { value: null, error: error ?? new Error('nothing was thrown') };
  }
}

/** What a caller's function threw, as an error of this library. */
function readError(thrown: unknown): BeitError {
  if (thrown instanceof BeitError) return thrown;
  return new BeitError('InvalidImage', `Cannot read a picture: ${thrown}`, { cause: thrown });
}
