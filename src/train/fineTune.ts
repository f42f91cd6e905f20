import { platform } from '#platform';
import { concatFloats } from '../concatBytes.ts';
import { BeitError, check, throwIfAborted } from '../errors.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import {
  heldOutSplit,
  type LabeledExamples,
  labeledExamples,
  type TrainData,
  type TrainExample,
} from './data/examples.ts';
import { mixBatch } from './data/mix.ts';
import { PictureStore, type SkippedPicture } from './data/pictureStore.ts';
import { type EpochMetrics, type FineTuneOptions, fineTuneDefaults } from './fineTuneOptions.ts';
import { type AdapterNaming, addAdapters, initializeAdapters, LORA, saveAdapter } from './lora.ts';
import { crossEntropyGradient, distributions } from './losses.ts';
import { type Evaluation, evaluateLogits } from './metrics.ts';
import { dropRatesOf, noDropout } from './model/randomness.ts';
import { Optimizer } from './optimizer/optimizer.ts';
import { learningRateFactor } from './optimizer/schedule.ts';
import { RandomStream } from './random.ts';
import {
  fillSession,
  hasClasses,
  openTrainSource,
  type SavableModel,
  saveTrained,
  withClasses,
} from './trainableModel.ts';
import { readTrainingCheckpoint, writeTrainingCheckpoint } from './trainingCheckpoint.ts';
import { TrainSession } from './trainSession.ts';

/** Of streams of random numbers. */
const PURPOSE = { order: 1_000_003, augment: 1_000_004, mix: 1_000_005 };

/** Why a run ended before its last epoch. */
export interface Divergence {
  readonly step: number;
  readonly loss: number;
}

type Defaults = ReturnType<typeof fineTuneDefaults>;

/**
 * Trains an image classifier on examples, from a model that exists or from random weights.
 *
 * `train` says which part: the classifier alone over features that are computed once (seconds), LoRA adapters, the last
 * blocks, or everything. The weights that come out are those of the epoch with the best accuracy on the held-out
 * examples, or of the last epoch where none are held out. The same seed gives the same bits, on any number of threads and
 * in every runtime.
 *
 * @param source a folder, hub name, URL, files by name, a loaded model, or a `BeitConfig` for random weights
 * @param data examples with their labels, a list or anything that gives them one after the other
 * @param options what is trained and how; each has a default
 * @returns the weights, the history of the run, and ways to keep them
 * @throws `InvalidArgument` for options and data that cannot be trained with (one class alone, a class without examples, a
 * label that is not a class, or a picture that cannot be read); `OutOfMemory` before anything is computed; `Aborted`; and what
 * `fromPretrained` throws. A loss that is not finite throws nothing: `diverged` says the step, and the weights are the last
 * good ones.
 * @example
 * const tuned = await fineTune('fixtures/beit-digits', examples, { train: 'head', epochs: 20 });
 * console.log(tuned.history.at(-1)?.loss);
 * await tuned.save('my-digits'); // opens with fromPretrained, here and in Python
 * tuned.dispose();
 */
export async function fineTune(
  source: ModelSource | SavableModel | BeitConfig,
  data: TrainData,
  options: FineTuneOptions = {},
): Promise<FineTuned> {
  const defaults = fineTuneDefaults(options);
  const labeled = await labeledExamples(data, options.classes);
  const others =
    typeof defaults.validation === 'number' ? null : await labeledExamples(defaults.validation, labeled.classes, false);
  const { config: found, checkpoint, processor } = await openTrainSource(source, options);
  const config = hasClasses(found, labeled.classes) ? found : withClasses(found, labeled.classes);
  const session = await openSession(config, defaults, options);
  try {
    const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, options);
    await session.commit();
    const keepsClassifier = hasClasses(found, labeled.classes);
    await fillSession(session, checkpoint, { seed: defaults.seed, keepsClassifier, signal: options.signal });
    initializeAdapters(session, defaults.seed);
    session.weightsLoaded();
    optimizer.start();
    const run = new Run({ session, optimizer, processor, labeled, others, defaults, options });
    return await run.train();
  } catch (error) {
    session.dispose();
    throw error;
  }
}

function openSession(
  config: BeitConfig,
  { train, batchSize }: Defaults,
  options: FineTuneOptions,
): Promise<TrainSession> {
  const { threads, gradientCheckpointing } = options;
  const depth = config.numHiddenLayers;
  const isTrained = trainedNames(train, depth);
  return TrainSession.open(
    config,
    'BeitForImageClassification',
    { threads, gradientCheckpointing, images: batchSize, isTrained },
    (parameters) => {
      if (train === 'lora') addAdapters(parameters, depth, options.lora ?? {});
    },
  );
}

/** Which parameters are trained, by canonical name. */
function trainedNames(train: Defaults['train'], depth: number): (name: string) => boolean {
  const above = /^(classifier|pooler\.layernorm|layernorm)\./;
  if (train === 'all') return () => true;
  if (train === 'head') return (name) => name.startsWith('classifier.');
  if (train === 'lora') return (name) => name.startsWith('classifier.') || name.startsWith(LORA);
  return (name) => {
    const block = /^encoder\.layer\.(\d+)\./.exec(name);
    return block ? Number(block[1]) >= depth - train.lastBlocks : above.test(name);
  };
}

interface RunParts {
  readonly session: TrainSession;
  readonly optimizer: Optimizer;
  readonly processor: BeitImageProcessor;
  readonly labeled: LabeledExamples;
  readonly others: LabeledExamples | null;
  readonly defaults: Defaults;
  readonly options: FineTuneOptions;
}

/** Examples of a run with what is known of them. */
interface Known {
  readonly example: TrainExample;
  readonly label: number;
  /** What the classifier reads, where only the classifier is trained. */
  features?: Float32Array;
}

/** A run from its first step, or a checkpoint, to its end. */
class Run {
  readonly #parts: RunParts;
  readonly #pictures: PictureStore;
  #train: Known[];
  #heldOut: Known[];
  #epoch = 0;
  #stepInEpoch = 0;
  #lossSum = 0;
  #history: EpochMetrics[] = [];
  #best: { epoch: number; accuracy: number; loss: number; values: Map<string, Float32Array> } | null = null;
  /** Weights that gave a finite loss; and those of the last epoch, until they have given one. */
  #good: Map<string, Float32Array>;
  #unproven: Map<string, Float32Array> | null = null;
  #checkpoints = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { session, processor, labeled, others, defaults, options } = parts;
    const size = { channels: session.config.numChannels, ...session.size };
    this.#pictures = new PictureStore(processor, size, options.onBadPicture ?? 'skip');
    const known = ({ examples, labels }: LabeledExamples): Known[] =>
      examples.map((example, i) => ({ example, label: labels[i] }));
    const all = known(labeled);
    const share = typeof defaults.validation === 'number' ? defaults.validation : 0;
    const split = heldOutSplit(labeled.labels, labeled.classes.length, share, defaults.seed);
    this.#train = split.train.map((i) => all[i]);
    this.#heldOut = others ? known(others) : split.heldOut.map((i) => all[i]);
    this.#good = this.#values();
  }

  async train(): Promise<FineTuned> {
    const { options, defaults } = this.#parts;
    if (options.resumeFrom !== undefined) await this.#resume(options.resumeFrom);
    if (defaults.train === 'head') await this.#computeFeatures();
    let diverged: Divergence | null = null;
    while (this.#epoch < defaults.epochs && !diverged) diverged = await this.#trainEpoch();
    this.#restore(diverged ? this.#good : (this.#best?.values ?? this.#values()));
    return new FineTuned(this.#parts, {
      history: this.#history,
      bestEpoch: this.#best?.epoch ?? null,
      skipped: this.#pictures.skipped,
      diverged,
    });
  }

  /** Steps in an epoch, and in the run. */
  get #steps(): { readonly ofEpoch: number; readonly total: number } {
    const { batchSize, accumulationSteps, epochs } = this.#parts.defaults;
    const ofEpoch = Math.ceil(this.#train.length / (batchSize * accumulationSteps));
    return { ofEpoch, total: ofEpoch * epochs };
  }

  async #trainEpoch(): Promise<Divergence | null> {
    const { optimizer, defaults, options } = this.#parts;
    const order = new RandomStream(defaults.seed, this.#epoch, PURPOSE.order).shuffled(this.#train);
    const perStep = defaults.batchSize * defaults.accumulationSteps;
    const { ofEpoch, total } = this.#steps;
    for (; this.#stepInEpoch < ofEpoch; this.#stepInEpoch++) {
      throwIfAborted(options.signal);
      const { step } = this.#next();
      const loss = await this.#step(order.slice(this.#stepInEpoch * perStep, (this.#stepInEpoch + 1) * perStep));
      if (loss !== null && !Number.isFinite(loss)) return { step, loss };
      this.#good = this.#unproven ?? this.#good;
      this.#unproven = null;
      this.#lossSum += loss ?? 0;
      options.onTraining?.({ status: 'step', step, totalSteps: total, loss: loss ?? Number.NaN });
      const every = options.checkpointEvery;
      if (every && step % every === 0 && this.#stepInEpoch + 1 < ofEpoch) await this.#checkpoint(this.#stepInEpoch + 1);
      if (platform.canYieldDuringPass) await platform.yieldToEventLoop();
    }
    await this.#endEpoch(optimizer.steps);
    return null;
  }

  /** The number of the step that comes, from 1, and its learning rate. */
  #next(): { readonly step: number; readonly learningRate: number } {
    const { defaults, options } = this.#parts;
    const { ofEpoch, total } = this.#steps;
    const done = this.#epoch * ofEpoch + this.#stepInEpoch;
    const schedule = { decay: options.decay, warmUpSteps: Math.floor(defaults.warmUp * total), totalSteps: total };
    return { step: done + 1, learningRate: defaults.learningRate * learningRateFactor(done, schedule) };
  }

  /** One step of the optimizer; the loss, or null when no picture of it could be read. */
  async #step(examples: readonly Known[]): Promise<number | null> {
    const { session, optimizer, defaults } = this.#parts;
    const batches = chunks(examples, defaults.batchSize);
    session.trained.clear();
    let [loss, read] = [0, 0];
    for (const [index, batch] of batches.entries()) {
      const part = await this.#addGradients(batch, index, 1 / batches.length);
      if (part === null) continue;
      if (!Number.isFinite(part)) return part;
      loss += part;
      read++;
    }
    if (read === 0) return null;
    session.trained.finish();
    if (!Number.isFinite(optimizer.clip())) return Number.NaN;
    optimizer.step(this.#next().learningRate);
    session.weightsChanged();
    return loss / read;
  }

  async #addGradients(batch: readonly Known[], index: number, scale: number): Promise<number | null> {
    const { session, defaults, options } = this.#parts;
    const { numLabels } = session.config;
    if (defaults.train === 'head') {
      const readable = batch.filter(({ features }) => features);
      const targets = distributions(
        readable.map(({ label }) => label),
        numLabels,
        defaults.labelSmoothing,
      );
      const features = concatFloats(readable.map(({ features: own }) => own!));
      return session.addHeadGradients(features, (logits) => crossEntropyGradient(logits, numLabels, targets), scale)
        .loss;
    }
    const { step } = this.#next();
    const stream = (purpose: number) => new RandomStream(defaults.seed, step, purpose + 16 * index);
    const loaded = await this.#load(batch, stream(PURPOSE.augment * 2));
    if (loaded.labels.length === 0) return null;
    const targets = distributions(loaded.labels, numLabels, defaults.labelSmoothing);
    const images = loaded.labels.length;
    const size = { images, channels: session.config.numChannels, ...session.size };
    mixBatch({ pixels: loaded.pixels, targets, ...size }, options, stream(PURPOSE.mix * 2));
    const rates = options.dropout ? dropRatesOf(session.config) : noDropout(session.config.numHiddenLayers);
    const random = { rates, seed: defaults.seed, step: step * 64 + index };
    const lossOf = (logits: Float32Array) => crossEntropyGradient(logits, numLabels, targets);
    const { loss } = await session.addGradients({ pixels: loaded.pixels, images }, lossOf, {
      scale,
      random,
      signal: options.signal,
    });
    return loss;
  }

  /** The pixels of the pictures that can be read. */
  async #load(batch: readonly Known[], random: RandomStream | null) {
    const { augment = null, signal } = this.#parts.options;
    const labels: number[] = [];
    const parts: Float32Array[] = [];
    for (const { example, label } of batch) {
      const pixels = await this.#pictures.pixels(example, random && augment, random, signal);
      if (!pixels) continue;
      parts.push(pixels);
      labels.push(label);
    }
    return { pixels: concatFloats(parts), labels };
  }

  /** Of all examples, once; those that cannot be read are left out from here on. */
  async #computeFeatures(): Promise<void> {
    const { session, defaults, options } = this.#parts;
    const all = [...this.#train, ...this.#heldOut];
    const dim = session.config.hiddenSize;
    for (let at = 0; at < all.length; at += defaults.batchSize) {
      const batch = all.slice(at, at + defaults.batchSize);
      const readable: Known[] = [];
      const parts: Float32Array[] = [];
      for (const known of batch) {
        const pixels = await this.#pictures.pixels(known.example, null, null, options.signal);
        if (!pixels) continue;
        readable.push(known);
        parts.push(pixels);
      }
      if (readable.length > 0) {
        const features = await session.features(
          { pixels: concatFloats(parts), images: readable.length },
          options.signal,
        );
        for (const [i, known] of readable.entries()) known.features = features.slice(i * dim, (i + 1) * dim);
      }
      options.onTraining?.({ status: 'features', done: Math.min(all.length, at + batch.length), total: all.length });
    }
    this.#train = this.#train.filter(({ features }) => features);
    this.#heldOut = this.#heldOut.filter(({ features }) => features);
    check(this.#train.length > 0, 'InvalidArgument', () => {
      return `Cannot train: none of the ${all.length} pictures can be read; the first: ${this.#pictures.skipped[0].error.message}`;
    });
  }

  async #endEpoch(step: number): Promise<void> {
    const { options, optimizer, session } = this.#parts;
    check(
      this.#pictures.skipped.length < this.#train.length + this.#heldOut.length || step > 0,
      'InvalidArgument',
      () => {
        return `Cannot train: no picture can be read; the first: ${this.#pictures.skipped[0].error.message}`;
      },
    );
    const learningRate = this.#next().learningRate;
    optimizer.swapAverages();
    if (options.averageDecay !== undefined) session.weightsChanged();
    const validation = await this.#evaluate();
    const metrics = {
      epoch: this.#epoch + 1,
      step,
      loss: this.#lossSum / this.#steps.ofEpoch,
      learningRate,
      validation,
    };
    this.#history.push(metrics);
    this.#keepBest(metrics);
    if (validation && Number.isFinite(validation.loss)) this.#good = this.#values();
    else this.#unproven = this.#values();
    optimizer.swapAverages();
    if (options.averageDecay !== undefined) session.weightsChanged();
    this.#epoch++;
    this.#stepInEpoch = 0;
    this.#lossSum = 0;
    options.onTraining?.({ status: 'epoch', ...metrics });
    await this.#checkpoint(0);
  }

  #keepBest({ epoch, loss, validation }: EpochMetrics): void {
    const accuracy = validation?.accuracy ?? 0;
    const measured = validation?.loss ?? loss;
    if (!Number.isFinite(measured)) return;
    const better =
      !this.#best ||
      !validation ||
      accuracy > this.#best.accuracy ||
      (accuracy === this.#best.accuracy && measured < this.#best.loss);
    if (better) this.#best = { epoch, accuracy, loss: measured, values: this.#values() };
  }

  /** Of the held-out examples that can be read. */
  async #evaluate(): Promise<Evaluation | null> {
    const { session, defaults, labeled, options } = this.#parts;
    const labels: number[] = [];
    const rows: Float32Array[] = [];
    for (const batch of chunks(this.#heldOut, defaults.batchSize)) {
      if (defaults.train === 'head') {
        labels.push(...batch.map(({ label }) => label));
        rows.push(session.logitsOfFeatures(concatFloats(batch.map(({ features }) => features!))));
        continue;
      }
      const loaded = await this.#load(batch, null);
      if (loaded.labels.length === 0) continue;
      labels.push(...loaded.labels);
      rows.push(await session.logits({ pixels: loaded.pixels, images: loaded.labels.length }, options.signal));
    }
    return labels.length > 0 ? evaluateLogits(concatFloats(rows), labels, labeled.classes) : null;
  }

  #values(): Map<string, Float32Array> {
    const { session } = this.#parts;
    return new Map(session.trained.tensors.map(({ name, value }) => [name, session.backend.readNow(value)]));
  }

  #restore(values: ReadonlyMap<string, Float32Array>): void {
    const { session } = this.#parts;
    for (const { name, value } of session.trained.tensors) session.backend.write(value, values.get(name)!);
    session.weightsChanged();
  }

  /** What a resumed run must have in common with the one before it. */
  get #identity(): string {
    const { defaults, labeled } = this.#parts;
    const { validation, ...plain } = defaults;
    const held = typeof validation === 'number' ? validation : 'other data';
    return JSON.stringify([plain, held, labeled.classes, labeled.labels.length]);
  }

  async #checkpoint(stepInEpoch: number): Promise<void> {
    const { options, optimizer } = this.#parts;
    if (options.checkpointTo === undefined) return;
    const prefixed = (prefix: string, values: ReadonlyMap<string, Float32Array>) =>
      [...values].map(([name, data]) => [`${prefix}${name}`, data] as const);
    const best = this.#best && { epoch: this.#best.epoch, accuracy: this.#best.accuracy, loss: this.#best.loss };
    const position = { epoch: this.#epoch, stepInEpoch, lossSum: this.#lossSum };
    const turn = this.#checkpoints++;
    await writeTrainingCheckpoint(options.checkpointTo, turn, {
      progress: { step: optimizer.steps, turn, identity: this.#identity, best, history: this.#history, ...position },
      tensors: new Map([
        ...prefixed('value.', this.#values()),
        ...prefixed('state.', optimizer.state().tensors),
        ...prefixed('good.', this.#good),
        ...(this.#best ? prefixed('best.', this.#best.values) : []),
      ]),
    });
  }

  async #resume(source: ModelSource): Promise<void> {
    const { optimizer } = this.#parts;
    const { progress, tensors } = await readTrainingCheckpoint(source);
    check(progress.identity === this.#identity, 'InvalidArgument', () => {
      return `Cannot resume: expected the options and data of the checkpoint, ${progress.identity}, got ${this.#identity}`;
    });
    const below = (prefix: string) =>
      new Map(
        [...tensors]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, data]) => [name.slice(prefix.length), data]),
      );
    this.#restore(below('value.'));
    optimizer.restore(progress.step, below('state.'));
    this.#good = below('good.');
    const best = progress.best as { epoch: number; accuracy: number; loss: number } | null;
    this.#best = best && { ...best, values: below('best.') };
    this.#history = progress.history as EpochMetrics[];
    this.#epoch = progress.epoch as number;
    this.#stepInEpoch = progress.stepInEpoch as number;
    this.#unproven = this.#stepInEpoch === 0 ? this.#values() : null;
    this.#lossSum = progress.lossSum as number;
    this.#checkpoints = (progress.turn as number) + 1;
  }
}

/**
 * What {@link fineTune} gives: the weights, what happened, and ways to keep them.
 *
 * @example
 * const tuned: FineTuned = await fineTune('fixtures/beit-digits', examples, { epochs: 5, validation: 0 });
 * const logits = await tuned.logits(png); // one number a class of tuned.classes
 * logits.length; // 2
 * tuned.dispose();
 */
export class FineTuned {
  readonly config: BeitConfig;
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
  readonly history: readonly EpochMetrics[];
  /** Whose weights these are, from 1; null when no epoch was finished. */
  readonly bestEpoch: number | null;
  readonly skipped: readonly SkippedPicture[];
  /** The step whose loss or gradient was not finite; null for a run that came to its end. */
  readonly diverged: Divergence | null;
  readonly #parts: RunParts;
  #disposed = false;

  /** @internal */
  constructor(parts: RunParts, result: Pick<FineTuned, 'history' | 'bestEpoch' | 'skipped' | 'diverged'>) {
    this.#parts = parts;
    this.config = parts.session.config;
    this.classes = parts.labeled.classes;
    this.history = result.history;
    this.bestEpoch = result.bestEpoch;
    this.skipped = result.skipped;
    this.diverged = result.diverged;
  }

  /**
   * Writes `config.json`, `preprocessor_config.json` and safetensors, which `fromPretrained` and Python open; adapters are
   * added to the weights.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param options dtype, bytes of a file, signal; each has a default
   * @returns the names of the files
   * @throws `FileSystem`, `Disposed`, `Aborted`; `UnsupportedRuntime` for a path where there is no file system
   */
  async save(target: string | CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    checkOptions(options, OPTIONS.save);
    const {
      session,
      processor,
      defaults,
      options: { lora = {} },
    } = this.#use();
    return saveTrained(session, processor, target, { ...options, lora: defaults.train === 'lora' ? lora : null });
  }

  /**
   * Writes the adapters alone as PEFT reads them, the classifier included.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param naming whose names of layers: `transformers4` (default) or `transformers5`, neither of which opens the other's
   * @returns the names of the files
   * @throws `InvalidArgument` for a run that trained no adapters; `FileSystem`, `Disposed`
   */
  async saveAdapter(target: string | CreateFile, naming?: AdapterNaming): Promise<string[]> {
    const { session, defaults, options } = this.#use();
    check(defaults.train === 'lora', 'InvalidArgument', "Cannot save an adapter: the run was not one of train: 'lora'");
    return saveAdapter(session, options.lora ?? {}, target, naming);
  }

  /**
   * The logits of one picture.
   *
   * @param image as in the examples
   * @returns [classes], before the softmax
   * @throws as `BeitImageProcessor.preprocess` does, `Disposed`
   */
  async logits(image: TrainExample['image']): Promise<Float32Array> {
    const { session, processor } = this.#use();
    const size = { channels: session.config.numChannels, ...session.size };
    const pixels = await new PictureStore(processor, size, 'throw').pixels({ image, label: 0 }, null, null);
    return session.logits({ pixels: pixels!, images: 1 });
  }

  #use(): RunParts {
    if (this.#disposed) throw new BeitError('Disposed', 'Cannot use the model: it was disposed of');
    return this.#parts;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#disposed = true;
    this.#parts.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
