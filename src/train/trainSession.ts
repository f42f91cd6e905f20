import { platform } from '#platform';
import { check, throwIfAborted } from '../errors.ts';
import type { Architecture, ModelParts } from '../model/beit/architecture.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { beitParams } from '../model/beit/params/beitParams.ts';
import { type BeitState, beitState } from '../model/beit/state.ts';
import type { WasmKinds, WasmTensor } from '../wasm/kinds.ts';
import { openTrainEngine } from './engine/openTrainEngine.ts';
import { TrainBackend } from './engine/trainBackend.ts';
import type { LossGradient } from './losses.ts';
import { checkTrainable, type TrainableClass, type TrainHead, trainHead } from './model/heads.ts';
import { backward, type StepPass, trainForward } from './model/pass.ts';
import { type DropRates, noDropout, Randomness } from './model/randomness.ts';
import { type SharedGradients, TrainedParameters } from './model/trained.ts';
import { TrainParameters } from './model/trainParameters.ts';
import type { TrainState } from './model/trainState.ts';

/** What a training session is made for. */
export interface TrainSessionOptions {
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
  /** Images in a micro-batch at most. */
  readonly images: number;
  /** Of the pictures; unit: pixels. Default: the native size of the config. */
  readonly height?: number | undefined;
  /** As `height`. Default: the native size of the config. */
  readonly width?: number | undefined;
  /** Keeps only the inputs of the blocks and computes their insides again: less memory, a third more time. Default false. */
  readonly gradientCheckpointing?: boolean | undefined;
  /** Which parameters are trained, by canonical name. Default: all. */
  readonly isTrained?: ((name: string) => boolean) | undefined;
  /** Whether gradients go back to the pixels; {@link TrainSession.pixelGradients} gives them. Default false. */
  readonly pixels?: boolean | undefined;
}

/** A micro-batch. */
export interface TrainBatch {
  /** [B, channels, height, width] */
  readonly pixels: Float32Array;
  readonly images: number;
  /** [B·N], 1 where the mask token is. */
  readonly mask?: Float32Array | undefined;
}

/** What a step draws: rates, seed and number of the step. */
export interface StepRandom {
  readonly rates: DropRates;
  readonly seed: number;
  readonly step: number;
}

interface Plan {
  readonly images: number;
  readonly state: TrainState<WasmKinds>;
  readonly head: TrainHead<WasmKinds>;
}

/** Bytes of linear memory that training takes. */
export interface TrainMemory {
  readonly weights: number;
  /** Gradients, and what the optimizer keeps. */
  readonly training: number;
  readonly buffers: number;
  readonly total: number;
}

/**
 * One model in training: its weights, gradients and buffers, and the passes that fill them. Optimizers work on
 * `trained.tensors`.
 */
export class TrainSession {
  readonly config: BeitConfig;
  readonly name: TrainableClass;
  readonly backend: TrainBackend;
  readonly parameters: TrainParameters;
  readonly trained: TrainedParameters;
  readonly #model: ModelParts<WasmKinds, unknown>;
  readonly #options: TrainSessionOptions;
  readonly #shared: SharedGradients;
  readonly #ready: () => Promise<void>;
  readonly #firstTrained: number;
  readonly #weightBytes: number;
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
    checkTrainable(config);
    const architecture = await architectureNamed(name);
    const engine = await openTrainEngine(options.threads);
    return new TrainSession(
      config,
      name,
      architecture,
      new TrainBackend(engine),
      () => engine.dispatch.ready(),
      options,
      adapt,
    );
  }

  private constructor(
    config: BeitConfig,
    name: TrainableClass,
    architecture: Architecture,
    backend: TrainBackend,
    ready: () => Promise<void>,
    options: TrainSessionOptions,
    adapt: (parameters: TrainParameters) => void,
  ) {
    this.config = config;
    this.name = name;
    this.backend = backend;
    this.#options = options;
    this.#ready = ready;
    this.parameters = new TrainParameters(backend);
    const body = beitParams(this.parameters, config, architecture.parts(config));
    this.#model = { body, head: architecture.params(this.parameters as never, config) };
    adapt(this.parameters);
    this.#weightBytes = backend.allocated;
    this.#shared = this.#reserveShared();
    const isTrained = options.isTrained ?? (() => true);
    this.trained = new TrainedParameters(
      backend,
      this.parameters,
      body,
      this.#shared,
      (n) => this.#hasUse(n) && isTrained(n),
    );
    const names = this.trained.tensors.map((t) => t.name);
    this.#firstTrained = options.pixels ? -1 : firstTrainedBlock(names, config.numHiddenLayers);
  }

  /** The mask token of a classifier has no gradient: torch passes over it as well. */
  #hasUse(name: string): boolean {
    return name !== 'embeddings.mask_token' || this.name === 'BeitForMaskedImageModeling';
  }

  #reserveShared(): SharedGradients {
    const { config, backend } = this;
    const { hiddenSize: dim, patchSize, numAttentionHeads: heads, numHiddenLayers: depth } = config;
    const { height, width } = this.size;
    const grid = { height: Math.floor(height / patchSize), width: Math.floor(width / patchSize) };
    const distances = (2 * grid.height - 1) * (2 * grid.width - 1) + 3;
    const table = () => backend.alloc(heads, distances);
    const own = config.useRelativePositionBias;
    const one = !own && config.useSharedRelativePositionBias ? table() : null;
    return {
      grid,
      dTokens: backend.alloc(config.prefixTokens + grid.height * grid.width, dim),
      dMaskToken: backend.alloc(1, dim),
      dTables: Array.from({ length: depth }, () => (own ? table() : one)),
    };
  }

  /** Of the pictures; unit: pixels. */
  get size(): { readonly height: number; readonly width: number } {
    const { height, width } = this.#options;
    const { nativeSize } = this.config;
    return { height: height ?? nativeSize.height, width: width ?? nativeSize.width };
  }

  /** Grows memory to what is reserved, buffers for the largest batch included. Optimizers reserve before. @throws `OutOfMemory` */
  async commit(): Promise<void> {
    this.#mark = this.backend.mark();
    this.#planFor(this.#options.images);
    await this.#ready();
  }

  /** What {@link TrainSession.commit} would take. */
  memory(): TrainMemory {
    const { backend } = this;
    const [mark, training] = [backend.mark(), backend.allocated];
    this.#reservePlan(this.#options.images);
    const [total, all] = [backend.reserved, backend.allocated];
    backend.reset(mark);
    return {
      weights: this.#weightBytes,
      training: training - this.#weightBytes,
      buffers: all - training + (total - all),
      total,
    };
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
    const { backend, config } = this;
    const { body } = this.#model;
    const { dTokens, dMaskToken, dTables } = this.#shared;
    const s = beitState(backend.asBackend, body, { images, ...this.size });
    const [rows, patches, dim] = [images * s.tokens, images * (s.tokens - s.prefixTokens), config.hiddenSize];
    const backs = config.numHiddenLayers - Math.max(0, this.#firstTrained);
    const kept = this.#options.gradientCheckpointing ? 1 : Math.max(1, backs);
    const state: TrainState<WasmKinds> = {
      body: s,
      hiddenStates: this.#hiddenStates(() => backend.alloc(rows, dim)),
      saved: Array.from({ length: kept }, () => ({
        qkv: backend.alloc(rows, 3 * dim),
        attended: backend.alloc(rows, dim),
        middle: backend.alloc(rows, dim),
        hidden: backend.alloc(rows, config.intermediateSize),
      })),
      gradient: backend.alloc(rows, dim),
      branch: backend.alloc(rows, dim),
      dropped: backend.alloc(rows, dim),
      dHidden: backend.alloc(rows, config.intermediateSize),
      dPatches: backend.alloc(patches, dim),
      dPixels: this.#options.pixels ? this.#reservePixels(patches, images) : null,
      unmasked: backend.alloc(1, patches),
      pathFactors: backend.alloc(1, images),
      dTokens,
      dMaskToken,
      dTables,
    };
    const head = trainHead(this.name, { backend: backend.asBackend, body, params: this.#model.head, state });
    backend.planWork(rows, { rows: images, cols: dTables[0] ? dTables[0].rows * dTables[0].cols : 1 });
    return { images, state, head };
  }

  #reservePixels(patches: number, images: number) {
    const { numChannels: channels, patchSize } = this.config;
    const { height, width } = this.size;
    return {
      patches: this.backend.alloc(patches, channels * patchSize * patchSize),
      pixels: this.backend.alloc(images, channels * height * width),
    };
  }

  /** Below the first trained block two tensors take turns: nothing goes back through them. */
  #hiddenStates(alloc: () => WasmTensor): WasmTensor[] {
    const turns = [alloc(), alloc()];
    const first = Math.max(0, this.#firstTrained);
    return Array.from({ length: this.config.numHiddenLayers + 1 }, (_, i) => (i < first ? turns[i % 2] : alloc()));
  }

  /**
   * One pass forward and back: gradients are added to those summed so far. `lossOf` makes loss and gradient of the logits;
   * `scale` is multiplied into the gradient, 1/n for n micro-batches a step.
   *
   * @throws `Aborted`, `OutOfMemory`, `WorkerFailed`
   */
  async addGradients(
    batch: TrainBatch,
    lossOf: (logits: Float32Array) => LossGradient,
    options: { scale?: number; random?: StepRandom; signal?: AbortSignal | undefined } = {},
  ): Promise<{ loss: number; logits: Float32Array }> {
    const { pass, head } = await this.#begin(batch, options.random);
    await this.#drive(trainForward(pass), options.signal);
    head.pool(this.backend);
    const result = this.#classify(head, lossOf, options.scale ?? 1);
    if (this.#trainsBody) {
      head.poolBackward(this.backend, this.#firstTrained < this.config.numHiddenLayers);
      await this.#drive(backward(pass), options.signal);
    }
    return result;
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

  /** Logits, loss, and back to what the classifier read. */
  #classify(head: TrainHead<WasmKinds>, lossOf: (logits: Float32Array) => LossGradient, scale: number) {
    head.classify(this.backend);
    const logits = this.backend.readNow(head.logits);
    const { loss, dLogits } = lossOf(logits);
    this.backend.write(head.dLogits, scale === 1 ? dLogits : dLogits.map((d) => d * scale));
    head.classifyBackward(this.backend, this.#trainsBody);
    return { loss, logits };
  }

  /** Whether anything below the classifier is trained. */
  get #trainsBody(): boolean {
    return this.#options.pixels === true || this.trained.tensors.some(({ name }) => !name.startsWith('classifier.'));
  }

  /** What the classifier reads, [B, dim]: it can be trained on these alone. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async features(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    const { pass, head } = await this.#begin(batch);
    await this.#drive(trainForward(pass), signal);
    head.pool(this.backend);
    return this.backend.readNow(this.#featuresOf(head));
  }

  /** {@link TrainSession.addGradients} of the classifier alone, over features that were computed before. */
  addHeadGradients(
    features: Float32Array,
    lossOf: (logits: Float32Array) => LossGradient,
    scale = 1,
  ): { loss: number; logits: Float32Array } {
    const { head } = this.#planFor(features.length / this.config.hiddenSize);
    this.backend.write(this.#featuresOf(head), features);
    return this.#classify(head, lossOf, scale);
  }

  /** The logits of features that were computed before. */
  logitsOfFeatures(features: Float32Array): Float32Array {
    const { head } = this.#planFor(features.length / this.config.hiddenSize);
    this.backend.write(this.#featuresOf(head), features);
    head.classify(this.backend);
    return this.backend.readNow(head.logits);
  }

  #featuresOf(head: TrainHead<WasmKinds>): WasmTensor {
    check(
      head.features,
      'InvalidConfig',
      () => `Cannot train the head of a ${this.name} alone: it is not a classifier`,
    );
    return head.features;
  }

  /** The logits alone, nothing dropped. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async logits(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    const { pass, head } = await this.#begin(batch);
    await this.#drive(trainForward(pass), signal);
    head.pool(this.backend);
    head.classify(this.backend);
    return this.backend.readNow(head.logits);
  }

  async #begin(
    batch: TrainBatch,
    random?: StepRandom,
  ): Promise<{ pass: StepPass<WasmKinds>; head: TrainHead<WasmKinds> }> {
    const { state, head } = this.#planFor(batch.images);
    await this.#ready();
    if (!this.#prepared) state.body.prepare();
    this.#prepared = true;
    const { backend } = this;
    const restorePixels = () => backend.write(state.body.pixels, batch.pixels);
    restorePixels();
    if (batch.mask) this.#writeMask(state, batch.mask);
    const { rates = noDropout(this.config.numHiddenLayers), seed = 0, step = 0 } = random ?? {};
    const factors = (values: Float32Array): WasmTensor => {
      backend.write(state.pathFactors, values);
      return state.pathFactors;
    };
    const pass: StepPass<WasmKinds> = {
      ops: backend,
      params: this.#model.body,
      state,
      random: new Randomness(rates, seed, step, batch.images, factors),
      masked: batch.mask !== undefined,
      restorePixels,
      firstTrained: this.#firstTrained,
    };
    return { pass, head };
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

/** The lowest block with a trained parameter: −1 when the embeddings or a shared table are trained too, `depth` when none is. */
function firstTrainedBlock(names: readonly string[], depth: number): number {
  if (names.some((name) => /^(embeddings\.|encoder\.relative)/.test(name))) return -1;
  const blocks = names.flatMap((name) => {
    const block = /(?:^|\.)encoder\.layer\.(\d+)\./.exec(name);
    return block ? [Number(block[1])] : [];
  });
  return blocks.length > 0 ? Math.min(...blocks) : depth;
}
