import { check } from '../errors.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { ModelSource, SourceOptions } from '../loading/source.ts';
import type { BeitConfig, ProblemType } from '../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import {
  classifierLossOf,
  type LossOf,
  type LossRequest,
  mapLossOf,
  maskedLossOf,
  type TrainLabels,
} from './classLosses.ts';
import { HeldSession } from './heldSession.ts';
import { dropRatesOf, noDropout } from './model/randomness.ts';
import type { TrainableClass } from './model/trainedClasses.ts';
import { Optimizer, type OptimizerOptions } from './optimizer/optimizer.ts';
import { fillSession, openTrainSource, type SavableModel } from './trainableModel.ts';
import { TrainSession } from './trainSession.ts';

/** How a {@link Trainer} is opened. */
export interface TrainerOptions extends SourceOptions, OptimizerOptions {
  /** Default `BeitForImageClassification`. */
  readonly class?: TrainableClass | undefined;
  /** Images in a micro-batch at most; memory is reserved for them. Default 8. */
  readonly images?: number | undefined;
  /** Of the pictures; unit: pixels. Default: the native size of the config. */
  readonly height?: number | undefined;
  /** As `height`. Default: the native size of the config. */
  readonly width?: number | undefined;
  /** Which parameters are trained, by canonical name, as `encoder.layer.0.lambda_1`. Default: all. */
  readonly isTrained?: ((name: string) => boolean) | undefined;
  /** What layers are kept as that are not trained; default `f32`. `f16` takes half the memory. */
  readonly frozenDtype?: 'f32' | 'f16' | undefined;
  /** Keeps only the inputs of the blocks and computes their insides again: less memory, a third more time. Default false. */
  readonly gradientCheckpointing?: boolean | undefined;
  /** Drops what the config says, as transformers' train mode does; default false. */
  readonly dropout?: boolean | undefined;
  /** A share of each label that is spread over all classes; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** The loss of a classifier. Default: as transformers tells it from config and labels. */
  readonly problemType?: ProblemType | undefined;
  /** Batch norms of a segmentation take their running statistics, not those of the batch. Default false, as in train mode. */
  readonly frozenBatchNorm?: boolean | undefined;
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
  /** Of random weights and of dropout; default 0. */
  readonly seed?: number | undefined;
}

/** A micro-batch for a {@link Trainer}. */
export interface TrainStep {
  readonly pixelValues: Tensor; // [B, channels, height, width]
  /**
   * [B] classes, or [B, numLabels] numbers of several labels or a regression; of masked image modeling [M] visual tokens of
   * the masked patches, image after image; of a segmentation a tensor of maps [B, height, width]. Not with `lossOf`.
   */
  readonly labels?: TrainLabels | undefined;
  /** A loss of one's own: what the class computes → the loss and its gradients. `BeitModel` and backbones have no other. */
  readonly lossOf?: LossOf | undefined;
  /** [B·N], not 0 where a patch is masked; of masked image modeling, and of models with a mask token. */
  readonly boolMaskedPos?: ArrayLike<number> | undefined;
}

/**
 * A model in training, a step at a time: for loops of one's own, for pre-training by masked image modeling, and for
 * gradients alone.
 *
 * @example
 * const trainer = await Trainer.open('fixtures/beit-digits', { images: 2 });
 * const { loss, gradientNorm } = await trainer.step([{ pixelValues, labels: [3, 7] }], 1e-4);
 * await trainer.save('my-digits');
 * trainer.dispose();
 */
export class Trainer extends HeldSession {
  readonly #optimizer: Optimizer;
  readonly #options: TrainerOptions;

  /**
   * @param source a folder, hub name, URL, files by name, a loaded model, or a `BeitConfig` for random weights
   * @param options class, size of a micro-batch, optimizer; each has a default
   * @returns the trainer; give its memory back with `dispose`
   * @throws as `fromPretrained` does; `InvalidConfig` for a class or family that cannot be trained; `OutOfMemory`
   */
  static async open(source: ModelSource | SavableModel | BeitConfig, options: TrainerOptions = {}): Promise<Trainer> {
    checkOptions(options, OPTIONS.trainer);
    const { class: name = 'BeitForImageClassification', images = 8, seed = 0 } = options;
    check(Number.isInteger(images) && images > 0, 'InvalidArgument', () => {
      return `Invalid images: expected a positive integer, got ${quoted(images)}`;
    });
    const { config, checkpoint, processor } = await openTrainSource(source, options);
    const session = await TrainSession.open(config, name, { ...options, images });
    try {
      const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, options);
      await session.commit();
      await fillSession(session, checkpoint, { seed, keepsHead: true, signal: options.signal });
      optimizer.start();
      return new Trainer(session, optimizer, processor, options);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  private constructor(
    session: TrainSession,
    optimizer: Optimizer,
    processor: BeitImageProcessor,
    options: TrainerOptions,
  ) {
    super(session, processor);
    this.#optimizer = optimizer;
    this.#options = options;
  }

  /** Steps taken. */
  get steps(): number {
    return this.#optimizer.steps;
  }

  /** Bytes of linear memory in use. */
  get memory(): number {
    return this.session.backend.committed;
  }

  /**
   * One step of the optimizer over one or more micro-batches: mean loss, and the norm of all gradients before clipping.
   * When either is not finite the parameters are left as they were.
   *
   * @param batches micro-batches, each of at most `images` pictures; their gradients are averaged
   * @param learningRate of this step
   * @returns the mean loss, and the norm before clipping
   * @throws `InvalidArgument` for batches that do not fit the model, `Aborted`, `Disposed`
   */
  async step(batches: readonly TrainStep[], learningRate: number): Promise<{ loss: number; gradientNorm: number }> {
    const { loss } = await this.#sumGradients(batches);
    const gradientNorm = this.#optimizer.clip();
    const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    this.session.parameters.followBatches(finite);
    if (finite) {
      this.#optimizer.step(learningRate);
      this.session.weightsChanged();
    }
    return { loss, gradientNorm };
  }

  /**
   * Loss and gradients, by canonical name and in the shape of the parameter; nothing is changed.
   *
   * @param batches micro-batches, each of at most `images` pictures; their gradients are averaged
   * @returns the mean loss, and the gradients by canonical name
   * @throws `InvalidArgument` for batches that do not fit the model, `Aborted`, `Disposed`
   * @example
   * const { gradients } = await trainer.gradients([{ pixelValues, labels: [3, 7] }]);
   * gradients.get('classifier.weight'); // [10·64]
   */
  async gradients(batches: readonly TrainStep[]): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    const { loss } = await this.#sumGradients(batches);
    this.session.parameters.followBatches(false);
    return { loss, gradients: this.session.trained.gradients() };
  }

  async #sumGradients(batches: readonly TrainStep[]): Promise<{ loss: number }> {
    const session = this.session;
    check(Array.isArray(batches) && batches.length > 0, 'InvalidArgument', () => {
      return `Invalid batches: expected a list of at least one, got ${quoted(batches)}`;
    });
    const checked = batches.map((batch) => this.#checked(batch));
    session.trained.clear();
    let loss = 0;
    for (const [index, { lossOf, ...batch }] of checked.entries()) {
      const rates = this.#options.dropout ? dropRatesOf(this.config) : noDropout(this.config.numHiddenLayers);
      const random = { rates, seed: this.#options.seed ?? 0, step: this.steps * 64 + index };
      const options = { scale: 1 / batches.length, random, signal: this.#options.signal };
      loss += (await session.addOutputGradients(batch, lossOf, options)).loss / batches.length;
    }
    session.trained.finish();
    return { loss };
  }

  #checked({ pixelValues, labels, lossOf, boolMaskedPos }: TrainStep) {
    checkTensor('Invalid pixelValues', pixelValues, 'float32');
    const { numChannels } = this.config;
    const { height, width } = this.session.size;
    const [images, ...rest] = pixelValues.dims;
    check(`${rest}` === `${[numChannels, height, width]}` && images > 0, 'InvalidArgument', () => {
      return `Invalid pixelValues: expected dims [images, ${numChannels}, ${height}, ${width}], got [${pixelValues.dims}]`;
    });
    const mask = this.#mask(images, boolMaskedPos);
    return { pixels: pixelValues.data, images, mask, lossOf: lossOf ?? this.#lossOf(labels, images, mask) };
  }

  #mask(images: number, positions: TrainStep['boolMaskedPos']): Float32Array | undefined {
    if (!positions || !trainsMasks(this.session)) return undefined;
    const { height, width } = this.#grid;
    const patches = images * height * width;
    check(positions.length === patches, 'InvalidArgument', () => {
      return `Invalid boolMaskedPos: expected ${patches} values, got ${positions.length}`;
    });
    return Float32Array.from(positions, (m) => (m ? 1 : 0));
  }

  get #grid(): { height: number; width: number } {
    const { height, width } = this.session.size;
    const { patchSize } = this.config;
    return { height: Math.floor(height / patchSize), width: Math.floor(width / patchSize) };
  }

  #lossOf(labels: TrainStep['labels'], images: number, mask: Float32Array | undefined): LossOf {
    const { name } = this.session;
    const { problemType, labelSmoothing } = this.#options;
    const request: LossRequest = { config: this.config, labels: labels!, images, problemType, labelSmoothing };
    if (name === 'BeitForImageClassification') return classifierLossOf(request);
    if (name === 'BeitForMaskedImageModeling') return maskedLossOf(request, mask);
    check(name === 'BeitForSemanticSegmentation', 'InvalidArgument', () => {
      return `Cannot compute a loss: a ${name} has none of its own; expected lossOf`;
    });
    return mapLossOf(request, this.#grid);
  }
}

const trainsMasks = ({ name, config }: TrainSession) =>
  name === 'BeitForMaskedImageModeling' || (name === 'BeitModel' && config.useMaskToken);
