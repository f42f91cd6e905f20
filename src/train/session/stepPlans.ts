import type { BeitConfig } from '../../model/beit/config/config.ts';
import type { WasmKinds, WasmLinear } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';
import type { MapContext } from '../model/heads/segmentation/mapContext.ts';
import type { TrainHead } from '../model/heads/trainHead.ts';
import { type TrainableClass, trainedClass } from '../model/trainedClasses.ts';
import type { TrainedModel } from '../model/trainedModel.ts';
import { type TrainState, trainState } from '../model/trainState.ts';
import type { TrainMemory, TrainSessionOptions } from '../trainSessionOptions.ts';

/** What a session is made of. */
export interface SessionParts {
  readonly config: BeitConfig;
  readonly name: TrainableClass;
  readonly backend: TrainBackend;
  readonly model: TrainedModel;
  readonly options: TrainSessionOptions;
}

/** The buffers of a micro-batch of so many images. */
export interface StepPlan {
  readonly images: number;
  readonly state: TrainState<WasmKinds>;
  readonly head: TrainHead<WasmKinds>;
}

/** Reserves buffers behind the weights, again where a micro-batch has another number of images. */
export class StepPlans {
  readonly #parts: SessionParts;
  #mark = 0;
  #plan: StepPlan | null = null;
  #isPrepared = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Everything that is reserved so far stays in front of the buffers. @throws `OutOfMemory` */
  commit(): void {
    this.#mark = this.#parts.backend.mark();
    this.of(this.#parts.options.images);
  }

  /** The plan for so many images. @throws `OutOfMemory` */
  of(images: number): StepPlan {
    if (this.#plan?.images === images) return this.#plan;
    const { backend } = this.#parts;
    backend.reset(this.#mark);
    this.#plan = reservePlan(this.#parts, images);
    backend.commit();
    this.#isPrepared = false;
    return this.#plan;
  }

  /** What {@link StepPlans.commit} would take. */
  memory(): TrainMemory {
    const { backend, model, options } = this.#parts;
    const { weightBytes: weights } = model;
    const [mark, training] = [backend.mark(), backend.allocated];
    reservePlan(this.#parts, options.images);
    const total = backend.reserved;
    backend.reset(mark);
    return { weights, training: training - weights, buffers: total - mark, total };
  }

  /** Writes what is made of the weights before a pass, unless it is there. */
  prepare({ state }: StepPlan): void {
    if (!this.#isPrepared) state.body.prepare();
    this.#isPrepared = true;
  }

  /** Call when weights were changed. */
  weightsChanged(): void {
    this.#isPrepared = false;
  }
}

/** The lowest block with a backward pass. */
export function firstTrained({ options, model }: SessionParts): number {
  return options.pixels ? -1 : model.lowestTrained;
}

/** Of the pictures; unit: pixels. */
export function pictureSize({ nativeSize }: BeitConfig, { height, width }: TrainSessionOptions) {
  return { height: height ?? nativeSize.height, width: width ?? nativeSize.width };
}

function reservePlan(parts: SessionParts, images: number): StepPlan {
  const { config, name, backend, options, model } = parts;
  const { shared, usedBlocks } = model;
  const { body, head: params } = model.parts;
  const { gradientCheckpointing = false, pixels = false } = options;
  const sizes = { images, ...pictureSize(config, options), usedBlocks, firstTrained: firstTrained(parts) };
  const state = trainState(backend.asBackend, body, shared, { ...sizes, gradientCheckpointing, pixels });
  const context = mapContext(parts);
  const head = trainedClass(name).head({ backend: backend.asBackend, body, params, state, context });
  const [table] = shared.dTables;
  backend.planWork(images * state.body.tokens, { rows: images, cols: table ? table.rows * table.cols : 1 });
  return { images, state, head };
}

function mapContext({ config, backend, model }: SessionParts): MapContext<WasmKinds> {
  const { batchNorms, stacks } = model.parameters;
  return {
    backend: backend.asBackend,
    dim: config.hiddenSize,
    normOf: (w) => batchNorms.get(w as WasmLinear)!,
    stackOf: ([first]) => stacks.get(first as WasmLinear)!,
  };
}
