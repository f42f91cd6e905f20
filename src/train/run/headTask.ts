import { concatFloats } from '../../concatBytes.ts';
import { check } from '../../errors.ts';
import type { PreparedBatch } from '../data/pictureStore.ts';
import { crossEntropyGradient } from '../losses.ts';
import { ClassifierTask } from './classifierTask.ts';
import { prefetched } from './prefetched.ts';
import type { KnownExample } from './runExamples.ts';
import { chunks } from './trainingRun.ts';
import type { MicroBatch } from './trainTask.ts';

/** Trains the classifier alone, over features that are computed once. */
export class HeadTask extends ClassifierTask<readonly KnownExample[]> {
  /** What the classifier reads, [dim] for each example. */
  readonly #features = new Map<KnownExample, Float32Array>();

  override async start(): Promise<void> {
    const { defaults, options, pictures } = this.parts;
    const all = [...this.train, ...this.heldOut];
    let done = 0;
    const read = async (batch: readonly KnownExample[]) => {
      return { batch, loaded: await pictures.batch(batch, { signal: options.signal }) };
    };
    // the next batch is read while features of one are computed
    for await (const { batch, loaded } of prefetched(chunks(all, defaults.batchSize), read, 1)) {
      if (loaded) await this.#compute(loaded);
      done += batch.length;
      options.onTraining?.({ status: 'features', done, total: all.length });
    }
    this.train = this.train.filter((known) => this.#features.has(known));
    this.heldOut = this.heldOut.filter((known) => this.#features.has(known));
    check(this.train.length > 0, 'InvalidArgument', () => {
      return `Cannot train: none of the ${all.length} pictures can be read; the first: ${this.skipped[0].error.message}`;
    });
  }

  async #compute({ read, pixels }: PreparedBatch<KnownExample>): Promise<void> {
    const { session, options } = this.parts;
    const features = await session.features({ pixels, images: read.length }, options.signal);
    const dim = session.featureSize;
    for (const [i, known] of read.entries()) this.#features.set(known, features.slice(i * dim, (i + 1) * dim));
  }

  async prepare(examples: readonly number[]): Promise<readonly KnownExample[]> {
    return examples.map((i) => this.train[i]);
  }

  async addGradients(batch: readonly KnownExample[], { scale }: MicroBatch): Promise<number> {
    const { session } = this.parts;
    const targets = this.targets(batch.map(({ label }) => label));
    const lossOf = (logits: Float32Array) => crossEntropyGradient(logits, session.config.numLabels, targets);
    return session.addHeadGradients(this.#featuresOf(batch), lossOf, scale).loss;
  }

  protected async logits(batch: readonly KnownExample[]) {
    const labels = batch.map(({ label }) => label);
    return { labels, logits: this.parts.session.logitsOfFeatures(this.#featuresOf(batch)) };
  }

  #featuresOf(batch: readonly KnownExample[]): Float32Array {
    return concatFloats(batch.map((known) => this.#features.get(known)!));
  }
}
