import { check, checkChoice } from '../errors.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { WasmKinds, WasmTensor } from '../wasm/kinds.ts';
import { openTrainEngine } from './engine/openTrainEngine.ts';
import { type TrainBackend, trainBackend } from './engine/trainBackend.ts';
import type { LossGradient } from './losses.ts';
import type { TrainHead } from './model/heads/trainHead.ts';
import { backward, trainForward } from './model/pass.ts';
import type { TrainedParameters } from './model/trained.ts';
import { type TrainableClass, trainedClass } from './model/trainedClasses.ts';
import { reserveTrained } from './model/trainedModel.ts';
import type { TrainParameters } from './model/trainParameters.ts';
import { headOutputs, ofLogits, passHead } from './session/headPass.ts';
import { drive, stepPass } from './session/stepPass.ts';
import { pictureSize, type SessionParts, StepPlans } from './session/stepPlans.ts';
import type {
  OutputLoss,
  OutputValues,
  PassOptions,
  StepRandom,
  TrainBatch,
  TrainMemory,
  TrainSessionOptions,
} from './trainSessionOptions.ts';

/**
 * One model in training: its weights, gradients and buffers, and the passes that fill them. Optimizers work on
 * `trained.tensors`.
 */
export class TrainSession {
  readonly #parts: SessionParts;
  readonly #plans: StepPlans;
  readonly #ready: () => Promise<void>;

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
    const backend = trainBackend(engine);
    const size = pictureSize(config, options);
    const halves = options.frozenDtype === 'f16';
    const request = { config, architecture, trainedClass: ofClass, size, isTrained, halves, adapt };
    const model = reserveTrained(backend, request);
    return new TrainSession({ config, name, backend, model, options }, () => engine.dispatch.ready());
  }

  private constructor(parts: SessionParts, ready: () => Promise<void>) {
    this.#parts = parts;
    this.#plans = new StepPlans(parts);
    this.#ready = ready;
  }

  get config(): BeitConfig {
    return this.#parts.config;
  }

  get name(): TrainableClass {
    return this.#parts.name;
  }

  get backend(): TrainBackend {
    return this.#parts.backend;
  }

  get parameters(): TrainParameters {
    return this.#parts.model.parameters;
  }

  get trained(): TrainedParameters {
    return this.#parts.model.trained;
  }

  /** Of the pictures; unit: pixels. */
  get size(): { readonly height: number; readonly width: number } {
    return pictureSize(this.config, this.#parts.options);
  }

  /** Numbers of an image that the classifier reads. */
  get featureSize(): number {
    return this.config.family.classAndMean ? 2 * this.config.hiddenSize : this.config.hiddenSize;
  }

  // ── memory and weights ───────────────────────────────────────────────────────────────────────────────────────────

  /** Grows memory to what is reserved, buffers for the largest batch included. Optimizers reserve before. @throws `OutOfMemory` */
  async commit(): Promise<void> {
    this.#plans.commit();
    await this.#ready();
  }

  /** What {@link TrainSession.commit} would take. */
  memory(): TrainMemory {
    return this.#plans.memory();
  }

  /** Call once every slot is filled. */
  weightsLoaded(): void {
    this.parameters.finish();
    this.trained.writeVectors();
    this.#plans.weightsChanged();
  }

  /** Call when the optimizer has changed the values of `trained.tensors`. */
  weightsChanged(): void {
    this.trained.placeVectors();
    this.#plans.weightsChanged();
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
    await drive(trainForward(pass), signal);
    head.pool(this.backend, this.#parts.options.frozenBatchNorm ? 'running' : 'batch');
    const goesOn = this.#trainsBody;
    const result = passHead(this.backend, head, { lossOf, scale, goesOn });
    if (goesOn) {
      head.poolBackward(this.backend);
      await drive(backward(pass), signal);
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
    return { logits, gradients: this.backend.readNow(this.#plans.of(batch.images).state.dPixels!.pixels) };
  }

  /** What the class computes, nothing dropped. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async outputs(batch: TrainBatch, signal?: AbortSignal): Promise<OutputValues> {
    const { pass, head } = await this.#begin(batch);
    await drive(trainForward(pass), signal);
    head.pool(this.backend, 'running');
    return headOutputs(this.backend, head);
  }

  /** The logits alone, nothing dropped. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async logits(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.outputs(batch, signal)).logits;
  }

  // ── the classifier alone ─────────────────────────────────────────────────────────────────────────────────────────

  /** What the classifier reads, [B, featureSize]: it can be trained on these alone. @throws `Aborted`, `OutOfMemory`, `WorkerFailed` */
  async features(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array> {
    const { pass, head } = await this.#begin(batch);
    await drive(trainForward(pass), signal);
    head.pool(this.backend, 'running');
    return this.backend.readNow(this.#featuresOf(head));
  }

  /** {@link TrainSession.addGradients} of the classifier alone, over features that were computed before. */
  addHeadGradients(
    features: Float32Array,
    lossOf: (logits: Float32Array) => LossGradient,
    scale = 1,
  ): { loss: number; logits: Float32Array } {
    const pass = { lossOf: ofLogits(lossOf), scale, goesOn: this.#trainsBody };
    const { loss, outputs } = passHead(this.backend, this.#headOver(features), pass);
    return { loss, logits: outputs.logits };
  }

  /** The logits of features that were computed before. */
  logitsOfFeatures(features: Float32Array): Float32Array {
    return headOutputs(this.backend, this.#headOver(features)).logits;
  }

  #headOver(features: Float32Array): TrainHead<WasmKinds> {
    const { head } = this.#plans.of(features.length / this.featureSize);
    this.backend.write(this.#featuresOf(head), features);
    return head;
  }

  #featuresOf({ features }: TrainHead<WasmKinds>): WasmTensor {
    check(features, 'InvalidConfig', () => `Cannot train the head of a ${this.name} alone: it is not a classifier`);
    return features;
  }

  /** Whether anything below the classifier is trained. */
  get #trainsBody(): boolean {
    const { pixels } = this.#parts.options;
    return pixels === true || this.trained.tensors.some(({ name }) => !name.startsWith('classifier.'));
  }

  // ── driving ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(batch: TrainBatch, random?: StepRandom) {
    const plan = this.#plans.of(batch.images);
    await this.#ready();
    this.#plans.prepare(plan);
    return { pass: stepPass(this.#parts, plan, batch, random), head: plan.head };
  }

  dispose(): void {
    this.backend.dispatch.dispose();
  }
}
