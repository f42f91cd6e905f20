import { concatFloats } from '../../concatBytes.ts';
import { RandomStream } from '../../randomStream.ts';
import type { PictureStore, SkippedPicture } from '../data/pictureStore.ts';
import type { FineTuneOptions, fineTuneDefaults } from '../fineTuneOptions.ts';
import { distributions } from '../losses.ts';
import { type Evaluation, evaluateLogits } from '../metrics.ts';
import type { TrainSession } from '../trainSession.ts';
import type { KnownExample, RunExamples } from './runExamples.ts';
import { chunks } from './trainingRun.ts';
import type { MicroBatch, TrainTask } from './trainTask.ts';

/** Of streams of random numbers. */
export const PURPOSE = { order: 1_000_003, augment: 1_000_004, mix: 1_000_005 };

/** What the training of a classifier works with. */
export interface ClassifierParts {
  readonly session: TrainSession;
  readonly pictures: PictureStore;
  readonly examples: RunExamples;
  readonly defaults: ReturnType<typeof fineTuneDefaults>;
  readonly options: FineTuneOptions;
}

/** What both ways to train a classifier share: the order of examples, smoothed labels, evaluation. */
export abstract class ClassifierTask<P> implements TrainTask<P, Evaluation> {
  protected readonly parts: ClassifierParts;
  protected train: readonly KnownExample[];
  protected heldOut: readonly KnownExample[];

  constructor(parts: ClassifierParts) {
    this.parts = parts;
    this.train = parts.examples.train;
    this.heldOut = parts.examples.heldOut;
  }

  get count(): number {
    return this.train.length;
  }

  get skipped(): readonly SkippedPicture[] {
    return this.parts.pictures.skipped;
  }

  order(epoch: number): readonly number[] {
    const { defaults, options } = this.parts;
    const random = new RandomStream(defaults.seed, epoch, PURPOSE.order);
    if (options.balance) return balancedOrder(this.train, random);
    return random.shuffled(Array.from(this.train.keys()));
  }

  async start(): Promise<void> {}
  abstract prepare(examples: readonly number[], at: MicroBatch): Promise<P | null>;
  abstract addGradients(prepared: P, at: MicroBatch): Promise<number>;
  /** The logits of those of a batch that can be read, with their labels. */
  protected abstract logits(batch: readonly KnownExample[]): Promise<{ labels: number[]; logits: Float32Array } | null>;

  async evaluate(): Promise<Evaluation | null> {
    const { defaults, examples } = this.parts;
    const read = [];
    for (const batch of chunks(this.heldOut, defaults.batchSize)) {
      const found = await this.logits(batch);
      if (found) read.push(found);
    }
    if (read.length === 0) return null;
    const labels = read.flatMap((each) => each.labels);
    return evaluateLogits(concatFloats(read.map(({ logits }) => logits)), labels, examples.classes);
  }

  /** Distributions over classes [labels, classes], smoothed as the options say. */
  protected targets(labels: readonly number[]): Float64Array {
    return distributions(labels, this.parts.session.config.numLabels, this.parts.defaults.labelSmoothing);
  }
}

/** As many draws as there are examples, with replacement: a class, and then one of its examples. */
function balancedOrder(examples: readonly KnownExample[], random: RandomStream): number[] {
  const byClass = new Map<number, number[]>();
  for (const { label } of examples) byClass.set(label, []);
  for (const [i, { label }] of examples.entries()) byClass.get(label)!.push(i);
  const classes = [...byClass.values()];
  return examples.map(() => {
    const own = classes[random.below(classes.length)];
    return own[random.below(own.length)];
  });
}
