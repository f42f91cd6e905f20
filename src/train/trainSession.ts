import { platform } from '#platform';
import { check, checkChoice, throwIfAborted } from '../errors.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { BeitState } from '../model/beit/state.ts';
import type { WasmKinds, WasmLinear, WasmTensor } from '../wasm/kinds.ts';
import { openTrainEngine } from './engine/openTrainEngine.ts';
import { TrainBackend } from './engine/trainBackend.ts';
import type { LossGradient } from './losses.ts';
import type { MapContext } from './model/heads/segmentation/mapContext.ts';
import type { TrainHead } from './model/heads/trainHead.ts';
import { backward, type StepPass, trainForward } from './model/pass.ts';
import { noDropout, Randomness } from './model/randomness.ts';
import type { TrainedParameters } from './model/trained.ts';
import { type TrainableClass, trainedClass } from './model/trainedClasses.ts';
import { reserveTrained, type TrainedModel } from './model/trainedModel.ts';
import type { TrainParameters } from './model/trainParameters.ts';
import { type TrainState, trainState } from './model/trainState.ts';
import type {
  OutputLoss,
  OutputValues,
  PassOptions,
  StepRandom,
  TrainBatch,
  TrainMemory,
  TrainSessionOptions,
} from './trainSessionOptions.ts';

interface Plan {
  readonly images: number;
  readonly state: TrainState<WasmKinds>;
  readonly head: TrainHead<WasmKinds>;
}

/**
 * One model in training: its weights, gradients and buffers, and the passes that fill them. Optimizers work on
 * `trained.tensors`.
 */
export class TrainSession {
  readonly config: BeitConfig;
  readonly name: TrainableClass;
  readonly backend: TrainBackend;
  readonly #model: TrainedModel;
  readonly #options: TrainSessionOptions;
  readonly #ready: () => Promise<void>;
  #mark = 0;
  #plan: Plan | null = null;
  #prepared = false;

  /** Reserves a model; nothing is grown before {@link TrainSession.commit}. */
  static async open(
    config: BeitConfig,
    name: TrainableClass,
    options: TrainSessionOptions,
    adapt: (parameters: TrainParameters) => void = () => {},
  ): Promise<TrainSession> {
    const { isTrained = () => true } = options;
    checkChoice('frozenDtype', options.frozenDtype, ['f32', 'f16']);
    const [ofClass, architecture] = [trainedClass(name), await architectureNamed(name)];
    const engine = await openTrainEngine(options.threads);
    const backend = new TrainBackend(engine);
    const size = sizeOf(config, options);
    const halves = options.frozenDtype === 'f16';
    const request = { config, architecture, trainedClass: ofClass, size, isTrained, halves, adapt };
    const model = reserveTrained(backend, request);
    return new TrainSession(config, name, backend, model, options, () => engine.dispatch.ready());
  }

  private constructor(
    config: BeitConfig,
    name: TrainableClass,
    backend: TrainBackend,
    model: TrainedModel,
    options: TrainSessionOptions,
    ready: () => Promise<void>,
  ) {
    this.config = config;
    this.name = name;
    this.backend = backend;
    this.#model = model;
    this.#options = options;
    this.#ready = ready;
  }

  get parameters(): TrainParameters {
    return this.#model.parameters;
  }

  get trained(): TrainedParameters {
    return this.#model.trained;
  }

  /** Of the pictures; unit: pixels. */
  get size(): { readonly height: number; readonly width: number } {
    return sizeOf(this.config, this.#options);
  }

  /** Numbers of an image that the classifier reads. */
  get featureSize(): number {
    return this.config.family.classAndMean ? 2 * this.config.hiddenSize : this.config.hiddenSize;
  }

  // ── memory and weights ───────────────────────────────────────────────────────────────────────────────────────────

  /** Grows memory to what is reserved, buffers for the largest batch included. Optimizers reserve before. @throws `OutOfMemory` */
  async commit(): Promise<void> {
    this.#mark = this.backend.mark();
    this.#planFor(this.#options.images);
    await this.#ready();
  }

  /** What {@link TrainSession.commit} would take. */
  memory(): TrainMemory {
    const { backend } = this;
    const { weightBytes: weights } = this.#model;
    const [mark, training] = [backend.mark(), backend.allocated];
    this.#reservePlan(this.#options.images);
    const total = backend.reserved;
    backend.reset(mark);
    return { weights, training: training - weights, buffers: total - mark, total };
  }

  /** Call once every slot is filled. */
  weightsLoaded(): void {
    this.parameters.finish();
    this.trained.writeVectors();
    this.#prepared = false;
  }

  /** Call when the optimizer has changed the values of `trained.tensors`. */
  weightsChanged(): void {
    this.trained.placeVectors();
    this.#prepared = false;
  }

  #planFor(images: number): Plan {
    if (this.#plan?.images === images) return this.#plan;
    this.backend.reset(this.#mark);
    this.#plan = this.#reservePlan(images);
    this.backend.commit();
    this.#prepared = false;
    return this.#plan;
  }

  #reservePlan(images: number): Plan {
    const { backend } = this;
    const { parts, shared, usedBlocks } = this.#model;
    const { gradientCheckpointing = false, pixels = false } = this.#options;
    const options = {
      images,
      ...this.size,
      usedBlocks,
      firstTrained: this.#firstTrained,
      gradientCheckpointing,
      pixels,
    };
    const state = trainState(backend.asBackend, parts.body, shared, options);
    const head = trainedClass(this.name).head({
      backend: backend.asBackend,
      body: parts.body,
      params: parts.head,
      state,
      context: this.#context,
    });
    const [table] = shared.dTables;
    const rows = images * state.body.tokens;
    backend.planWork(rows, { rows: images, cols: table ? table.rows * table.cols : 1 });
    return { images, state, head };
  }

  get #context(): MapContext<WasmKinds> {
    const { batchNorms, stacks } = this.parameters;
    return {
      backend: this.backend.asBackend,
      dim: this.config.hiddenSize,
      normOf: (w) => batchNorms.get(w as WasmLinear)!,
      stackOf: ([first]) => stacks.get(first as WasmLinear)!,
    };
  }

  get #firstTrained(): number {
    return this.#options.pixels ? -1 : this.#model.lowestTrained;
  }

  // ── passes ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * One pass forward and back: gradients are added to those summed so far. `lossOf` makes a loss and its gradients of what
   * the class computes.
   *
   * @throws `Aborted`, `OutOfMemory`, `WorkerFailed`
   */
  async addOutputGradients(
    batch: TrainBatch,
    lossOf: (outputs: OutputValues) => OutputLoss,
    { scale = 1, random, signal }: PassOptions = {},
  ): Promise<{ loss: number; outputs: OutputValues }> {
    const { pass, head } = await this.#begin(batch, random);
    await this.#drive(trainForward(pass), signal);
    head.pool(this.backend, this.#options.frozenBatchNorm ? 'running' : 'batch');
    const result = this.#classify(head, lossOf, scale);
    if (this.#trainsBody) {
      head.poolBackward(this.backend);
      await this.#drive(backward(pass), signal);
    }
    return result;
  }

  /** {@link TrainSession.addOutputGradients} of a class whose one output are logits. */
  async addGradients(
    batch: TrainBatch,
    lossOf: (logits: Float32Array) => LossGradient,
    options: PassOptions = {},
  ): Promise<{ loss: number; logits: Float32Array }> {
    const { loss, outputs } = await this.addOutputGradients(batch, ofLogits(lossOf), options);
    return { loss, logits: outputs.logits };
  }

  /**
   * The gradient [B, channels, height, width] of a number that `lossOf` makes of the logits. The session was opened with
   * `pixels`.
   *
   * @throws `Aborted`, `OutOfMemory`, `WorkerFailed`
   */
  async pixelGradients(
    batch: TrainBatch,
    lossOf: (logits: Float32Array) => LossGradient,
    signal?: AbortSignal,
  ): Promise<{ logits: Float32Array; gradients: Float32Array }> {
    const { logits } = await this.addGradients(batch, lossOf, { signal });
    return { logits, gradients: this.backend.readNow(this.#planFor(batch.images).state.dPixels!.pixels) };
  }

  /** What the class computes, nothing dropped. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async outputs(batch: TrainBatch, signal?: AbortSignal): Promise<OutputValues> {
    const { pass, head } = await this.#begin(batch);
    await this.#drive(trainForward(pass), signal);
    head.pool(this.backend, 'running');
    head.classify(this.backend);
    return this.#read(head);
  }

  /** The logits alone, nothing dropped. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async logits(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.outputs(batch, signal)).logits;
  }

  // ── the classifier alone ─────────────────────────────────────────────────────────────────────────────────────────

  /** What the classifier reads, [B, featureSize]: it can be trained on these alone. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async features(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    const { pass, head } = await this.#begin(batch);
    await this.#drive(trainForward(pass), signal);
    head.pool(this.backend, 'running');
    return this.backend.readNow(this.#featuresOf(head));
  }

  /** {@link TrainSession.addGradients} of the classifier alone, over features that were computed before. */
  addHeadGradients(
    features: Float32Array,
    lossOf: (logits: Float32Array) => LossGradient,
    scale = 1,
  ): { loss: number; logits: Float32Array } {
    const { loss, outputs } = this.#classify(this.#headOver(features), ofLogits(lossOf), scale);
    return { loss, logits: outputs.logits };
  }

  /** The logits of features that were computed before. */
  logitsOfFeatures(features: Float32Array): Float32Array {
    const head = this.#headOver(features);
    head.classify(this.backend);
    return this.#read(head).logits;
  }

  #headOver(features: Float32Array): TrainHead<WasmKinds> {
    const { head } = this.#planFor(features.length / this.featureSize);
    this.backend.write(this.#featuresOf(head), features);
    return head;
  }

  #featuresOf({ features }: TrainHead<WasmKinds>): WasmTensor {
    check(features, 'InvalidConfig', () => `Cannot train the head of a ${this.name} alone: it is not a classifier`);
    return features;
  }

  /** Outputs, loss, and back to what the classifier read. */
  #classify(head: TrainHead<WasmKinds>, lossOf: (outputs: OutputValues) => OutputLoss, scale: number) {
    head.classify(this.backend);
    const outputs = this.#read(head);
    const { loss, gradients } = lossOf(outputs);
    for (const [name, { gradient }] of Object.entries(head.outputs)) {
      const given = gradients[name];
      if (given) this.backend.write(gradient, scale === 1 ? given : given.map((d) => d * scale));
      else this.backend.clear(gradient);
    }
    head.classifyBackward(this.backend, this.#trainsBody);
    return { loss, outputs };
  }

  #read({ outputs }: TrainHead<WasmKinds>): OutputValues {
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, this.backend.readNow(value)]));
  }

  /** Whether anything below the classifier is trained. */
  get #trainsBody(): boolean {
    return this.#options.pixels === true || this.trained.tensors.some(({ name }) => !name.startsWith('classifier.'));
  }

  // ── driving ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(batch: TrainBatch, random?: StepRandom) {
    const { state, head } = this.#planFor(batch.images);
    await this.#ready();
    if (!this.#prepared) state.body.prepare();
    this.#prepared = true;
    const restorePixels = () => this.backend.write(state.body.pixels, batch.pixels);
    restorePixels();
    if (batch.mask) this.#writeMask(state, batch.mask);
    const pass: StepPass<WasmKinds> = {
      ops: this.backend,
      params: this.#model.parts.body,
      state,
      random: this.#randomness(state, batch.images, random),
      masked: batch.mask !== undefined,
      restorePixels,
      firstTrained: this.#firstTrained,
      usedBlocks: this.#model.usedBlocks,
      addHidden: (index) => head.addHidden?.(this.backend, index),
    };
    return { pass, head };
  }

  #randomness(state: TrainState<WasmKinds>, images: number, random?: StepRandom): Randomness<WasmKinds> {
    const { rates = noDropout(this.config.numHiddenLayers), seed = 0, step = 0 } = random ?? {};
    return new Randomness(rates, seed, step, images, (factors) => {
      this.backend.write(state.pathFactors, factors);
      return state.pathFactors;
    });
  }

  #writeMask({ body, unmasked }: { body: BeitState<WasmKinds>; unmasked: WasmTensor }, mask: Float32Array): void {
    check(mask.length === body.mask.rows * body.mask.cols, 'InvalidArgument', () => {
      return `Invalid mask: expected ${body.mask.rows * body.mask.cols} numbers, got ${mask.length}`;
    });
    this.backend.write(body.mask, mask);
    this.backend.write(
      unmasked,
      mask.map((m) => 1 - m),
    );
  }

  /** The event loop turns between blocks. */
  async #drive(pass: Generator<void, void>, signal?: AbortSignal): Promise<void> {
    for (const _ of pass) {
      throwIfAborted(signal);
      if (platform.canYieldDuringPass) await platform.yieldToEventLoop();
    }
  }

  dispose(): void {
    this.backend.dispatch.dispose();
  }
}

function sizeOf({ nativeSize }: BeitConfig, { height, width }: TrainSessionOptions) {
  return { height: height ?? nativeSize.height, width: width ?? nativeSize.width };
}

const ofLogits =
  (lossOf: (logits: Float32Array) => LossGradient) =>
  ({ logits }: OutputValues): OutputLoss => {
    const { loss, dLogits } = lossOf(logits);
    return { loss, gradients: { logits: dLogits } };
  };
