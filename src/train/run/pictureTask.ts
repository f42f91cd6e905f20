import { RandomStream, type StreamName } from '../../randomStream.ts';
import { mixBatch } from '../data/mix.ts';
import { crossEntropyGradient } from '../losses.ts';
import { dropRatesOf, noDropout } from '../model/randomness.ts';
import { ClassifierTask, PURPOSE } from './classifierTask.ts';
import type { KnownExample } from './runExamples.ts';
import type { MicroBatch } from './trainTask.ts';

/** Pictures with their distributions over classes, both mixed as the options say. */
interface PreparedPictures {
  readonly pixels: Float32Array; // [B, C, H, W]
  readonly targets: Float64Array; // [B, classes]
  readonly images: number;
}

/** Trains a classifier and what is below it on pictures, which are augmented anew in each epoch. */
export class PictureTask extends ClassifierTask<PreparedPictures> {
  async prepare(examples: readonly number[], at: MicroBatch): Promise<PreparedPictures | null> {
    const { session, pictures, defaults, options } = this.parts;
    const stream = (purpose: number, image = 0): StreamName => {
      return [defaults.seed, at.step, purpose * 2 + 16 * at.index + 1024 * image];
    };
    const batch = examples.map((i) => this.train[i]);
    const { augment, signal } = options;
    const loaded = await pictures.batch(batch, { augment, random: (i) => stream(PURPOSE.augment, i), signal });
    if (!loaded) return null;
    const { pixels, read } = loaded;
    const images = read.length;
    const targets = this.targets(read.map(({ label }) => label));
    const size = { images, channels: session.config.numChannels, ...session.size };
    mixBatch({ pixels, targets, ...size }, options, new RandomStream(...stream(PURPOSE.mix)));
    return { pixels, targets, images };
  }

  async addGradients({ pixels, targets, images }: PreparedPictures, at: MicroBatch): Promise<number> {
    const { session, defaults, options } = this.parts;
    const { config } = session;
    const rates = options.dropout ? dropRatesOf(config) : noDropout(config.numHiddenLayers);
    const random = { rates, seed: defaults.seed, step: at.step * 64 + at.index };
    const lossOf = (logits: Float32Array) => crossEntropyGradient(logits, config.numLabels, targets);
    const { scale } = at;
    return (await session.addGradients({ pixels, images }, lossOf, { scale, random, signal: options.signal })).loss;
  }

  protected async logits(batch: readonly KnownExample[]) {
    const { session, pictures, options } = this.parts;
    const loaded = await pictures.batch(batch, { signal: options.signal });
    if (!loaded) return null;
    const { read, pixels } = loaded;
    const logits = await session.logits({ pixels, images: read.length }, options.signal);
    return { labels: read.map(({ label }) => label), logits };
  }
}
