import { BeitError, check } from '../../errors.ts';
import { BlockMasking } from '../../model/beit/masking/blockMasking.ts';
import { RandomStream, type StreamName } from '../../randomStream.ts';
import { Tensor } from '../../tensor.ts';
import type { TrainPicture } from '../data/examples.ts';
import type { PictureStore, SkippedPicture } from '../data/pictureStore.ts';
import { tokenCrossEntropyGradient } from '../losses.ts';
import { dropRatesOf, noDropout } from '../model/randomness.ts';
import type { MaskedScore, PretrainOptions, pretrainDefaults } from '../pretrainOptions.ts';
import type { TrainSession } from '../trainSession.ts';
import { PURPOSE } from './classifierTask.ts';
import { chunks } from './trainingRun.ts';
import type { MicroBatch, TrainTask } from './trainTask.ts';

const PURPOSE_MASKS = 1_000_008;
/** Masks of held-out pictures are of a step that no run has: they are the same after every epoch. */
const HELD_OUT = 0;

/** What pre-training works with. */
interface MaskedParts {
  readonly session: TrainSession;
  readonly pictures: PictureStore;
  readonly train: readonly TrainPicture[];
  readonly heldOut: readonly TrainPicture[];
  readonly defaults: ReturnType<typeof pretrainDefaults>;
  readonly options: PretrainOptions;
}

/** Pictures with their masks and tokens. */
interface MaskedPictures {
  readonly pixels: Float32Array; // [B, C, H, W]
  readonly images: number;
  readonly mask: Float32Array; // [B·N], 1 where a patch is hidden
  readonly tokens: Int32Array; // [B·N], −1 where a patch is not hidden
}

/** Masked image modeling: hides blocks of patches and learns to guess their visual tokens. */
export class MaskedTask implements TrainTask<MaskedPictures, MaskedScore> {
  readonly #parts: MaskedParts;
  readonly #grid: { readonly height: number; readonly width: number };

  constructor(parts: MaskedParts) {
    this.#parts = parts;
    const { size, config } = parts.session;
    const [height, width] = [size.height, size.width].map((side) => Math.floor(side / config.patchSize));
    this.#grid = { height, width };
  }

  get count(): number {
    return this.#parts.train.length;
  }

  get skipped(): readonly SkippedPicture[] {
    return this.#parts.pictures.skipped;
  }

  async start(): Promise<void> {}

  order(epoch: number): readonly number[] {
    const random = new RandomStream(this.#parts.defaults.seed, epoch, PURPOSE.order);
    return random.shuffled(Array.from(this.#parts.train.keys()));
  }

  prepare(examples: readonly number[], at: MicroBatch): Promise<MaskedPictures | null> {
    const { train, options } = this.#parts;
    return this.#masked(
      examples.map((i) => train[i]),
      at,
      options.augment,
    );
  }

  async addGradients({ pixels, images, mask, tokens }: MaskedPictures, at: MicroBatch): Promise<number> {
    const { session, defaults, options } = this.#parts;
    const { config } = session;
    const rates = options.dropout ? dropRatesOf(config) : noDropout(config.numHiddenLayers);
    const random = { rates, seed: defaults.seed, step: at.step * 64 + at.index };
    const lossOf = (logits: Float32Array) => tokenCrossEntropyGradient(logits, config.vocabSize, tokens);
    const how = { scale: at.scale, random, signal: options.signal };
    return (await session.addGradients({ pixels, images, mask }, lossOf, how)).loss;
  }

  async evaluate(): Promise<MaskedScore | null> {
    const { session, defaults, heldOut, options } = this.#parts;
    const { vocabSize } = session.config;
    let [loss, right, count] = [0, 0, 0];
    for (const [index, batch] of chunks(heldOut, defaults.batchSize).entries()) {
      const masked = await this.#masked(batch, { step: HELD_OUT, index, scale: 1 }, undefined);
      if (!masked) continue;
      const logits = await session.logits(masked, options.signal);
      const hidden = masked.tokens.reduce((sum, token) => sum + (token >= 0 ? 1 : 0), 0);
      loss += tokenCrossEntropyGradient(logits, vocabSize, masked.tokens).loss * hidden;
      right += rightTokens(logits, vocabSize, masked.tokens);
      count += hidden;
    }
    return count > 0 ? { loss: loss / count, accuracy: right / count } : null;
  }

  /** Null when no picture can be read, or no mask hides anything. */
  async #masked(
    batch: readonly TrainPicture[],
    { step, index }: MicroBatch,
    augment: PretrainOptions['augment'],
  ): Promise<MaskedPictures | null> {
    const { pictures, defaults, options } = this.#parts;
    const { tokenizer, signal } = options;
    const stream = (purpose: number, image: number): StreamName => {
      return [defaults.seed, step, purpose * 2 + 16 * index + 1024 * image];
    };
    const examples = batch.map((example) => ({ example }));
    const random = (i: number) => stream(PURPOSE.augment, i);
    const loaded = await pictures.batch(examples, { augment, random, second: tokenizer.processor, signal });
    if (!loaded) return null;
    const { pixels, second } = loaded;
    const images = loaded.read.length;
    const masks = Array.from({ length: images }, (_, i) => this.#mask(new RandomStream(...stream(PURPOSE_MASKS, i))));
    const views = second.length > 0 ? second : this.#views(pixels, images);
    const tokens = new Int32Array(images * masks[0].length).fill(-1);
    for (const [i, view] of views.entries()) {
      const own = await this.#tokens(view);
      for (const [patch, hidden] of masks[i].entries()) if (hidden) tokens[i * own.length + patch] = own[patch];
    }
    const mask = Float32Array.from(tokens, (token) => (token >= 0 ? 1 : 0));
    return mask.includes(1) ? { pixels, images, mask, tokens } : null;
  }

  #mask(random: RandomStream): Uint8Array {
    const patches = this.#grid.height * this.#grid.width;
    const { masking = {} } = this.#parts.options;
    const shares = { numMaskingPatches: Math.round(patches * 0.383), minNumPatches: Math.ceil(patches / 12) };
    const seed = random.below(2 ** 32);
    return new BlockMasking({ ...shares, ...masking, ...this.#grid, seed }).next().data as Uint8Array;
  }

  #views(pixels: Float32Array, images: number): Tensor[] {
    const { channels, height, width } = this.#parts.pictures.size;
    const length = pixels.length / images;
    return Array.from({ length: images }, (_, i) => {
      return new Tensor('float32', pixels.slice(i * length, (i + 1) * length), [1, channels, height, width]);
    });
  }

  async #tokens(view: Tensor): Promise<Int32Array> {
    const { tokenizer, signal } = this.#parts.options;
    const { data } = await tokenizer.encodePixels(view, { signal });
    const { height, width } = this.#grid;
    check(data.length === height * width, 'InvalidArgument', () => {
      return `Cannot pre-train: expected a token for each of ${height} × ${width} patches, got ${data.length}`;
    });
    const stray = data.find((token) => token < 0 || token >= tokenizer.vocabSize);
    if (stray === undefined) return data;
    throw new BeitError(
      'InvalidArgument',
      `Cannot pre-train: expected tokens from 0 to ${tokenizer.vocabSize - 1}, got ${stray}`,
    );
  }
}

function rightTokens(logits: Float32Array, vocabSize: number, tokens: Int32Array): number {
  let right = 0;
  for (const [row, token] of tokens.entries()) {
    if (token < 0) continue;
    const scores = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
    const best = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (scores.indexOf(best) === token) right++;
  }
  return right;
}
