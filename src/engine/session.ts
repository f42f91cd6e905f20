import type { Backend, Kinds } from '../backend.ts';
import { BeitError, check, throwIfAborted } from '../errors.ts';
import type { Architecture, ModelParts, Output } from '../model/beit/architecture.ts';
import { forward, type Pause } from '../model/beit/forward.ts';
import { type BeitState, beitState, type InputShape } from '../model/beit/state.ts';
import type { Tensor } from '../tensor.ts';
import { BatchedOutputs, type PassOutputs } from './batchedOutputs.ts';

/** One forward pass, checked and flattened: what crosses to a worker when the model lives in one. */
export interface ForwardRequest {
  readonly pixelValues: Tensor; // [B, channels, height, width]
  readonly mask?: Float32Array; // [B·N], 1 where the patch is replaced by the mask token
  readonly headMask?: Float32Array; // [blocks·heads]
  readonly hiddenStates: boolean;
  readonly attentions: boolean;
  readonly compatibility?: 'geometry' | 'transformers';
  /** Outputs that only a loss needs are wanted too. */
  readonly withLoss?: boolean;
}

/** The buffers for one input shape. */
interface Plan {
  readonly key: string;
  readonly body: BeitState<Kinds>;
  readonly head: unknown;
  readonly probabilities: Kinds['tensor'] | null; // [T, T]
}

/** Finds room for `bytes` bytes of buffers at or above `base`; `fill` reserves and grows there. */
export type Placement = (base: number, bytes: number, fill: (at: number) => void) => void;

/** Drives one model on one backend: plans buffers, runs the pass chunk by chunk, reads what was asked for. */
export class Session {
  readonly #backend: Backend<Kinds>;
  readonly #architecture: Architecture;
  readonly #model: ModelParts<Kinds, unknown>;
  readonly #maxBatch: number;
  readonly #yieldToEventLoop: () => Promise<void>;
  readonly #canYieldDuringPass: boolean;
  readonly #ready: () => Promise<void>;
  /** Where several sessions share the memory: finds a place for the buffers of this one. */
  readonly #place: Placement;
  /** Where parameters end and buffers begin. */
  readonly #mark: number;
  #plan: Plan | null = null;
  /** The plan whose tables and tokens are written: they stay while it lasts. */
  #prepared: Plan | null = null;
  #compiled: Plan | null = null;
  #disposed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    backend: Backend<Kinds>,
    architecture: Architecture,
    model: ModelParts<Kinds, unknown>,
    options: {
      maxBatch: number;
      yieldToEventLoop: () => Promise<void>;
      canYieldDuringPass?: boolean;
      ready: () => Promise<void>;
      place?: Placement | undefined;
    },
  ) {
    this.#backend = backend;
    this.#architecture = architecture;
    this.#model = model;
    this.#maxBatch = options.maxBatch;
    this.#yieldToEventLoop = options.yieldToEventLoop;
    this.#canYieldDuringPass = options.canYieldDuringPass ?? true;
    this.#ready = options.ready;
    this.#place = options.place ?? ((base, _, fill) => fill(base));
    this.#mark = backend.mark();
  }

  /** Reserves and grows memory for an input shape, so that a later pass of that shape allocates nothing. */
  plan(input: InputShape, attentions = false): Plan {
    const key = JSON.stringify([input, attentions]);
    if (this.#plan?.key === key) return this.#plan;
    this.#plan = null;
    this.#reserve(this.#mark, input, attentions);
    this.#place(this.#mark, this.#backend.reserved - this.#mark, (at) => {
      const buffers = this.#reserve(at, input, attentions);
      this.#backend.commit();
      this.#plan = { key, ...buffers };
    });
    return this.#plan!;
  }

  /** Pure arithmetic, so that it can be done once for the size and once at the right place. */
  #reserve(at: number, input: InputShape, attentions: boolean): Omit<Plan, 'key'> {
    const backend = this.#backend;
    backend.reset(at);
    const body = beitState(backend, this.#model.body, input);
    const head = this.#architecture.state(backend, this.#model, body);
    const probabilities = attentions ? backend.alloc(body.tokens, body.tokens) : null;
    return { body, head, probabilities };
  }

  /** Where the backend compiles kernels: those of a plan, ahead of its passes. `ready` waits for them. */
  compile(input: InputShape, attentions = false): void {
    if (!this.#backend.compile) return;
    const { body, head } = this.plan(input, attentions);
    if (this.#compiled === this.#plan) return;
    this.#compiled = this.#plan;
    this.#backend.compile(() => {
      const ops = this.#backend;
      for (const pause of forward(ops, this.#model.body, body, { masked: true, headMasked: false })) {
        if (pause.at === 'hiddenState') this.#architecture.collect?.(ops, pause.index, this.#model, body, head);
      }
      this.#architecture.finish(ops, this.#model, body, head, false);
    });
  }

  /** Runs one request after those before it. @throws `Aborted`, `Disposed`, `OutOfMemory`, `WorkerFailed` */
  run(request: ForwardRequest, signal?: AbortSignal): Promise<PassOutputs> {
    const turn = this.#queue.then(() => this.#runChunks(request, signal));
    this.#queue = turn.catch(() => {});
    return signal ? untilAborted(turn, signal) : turn;
  }

  async #runChunks(request: ForwardRequest, signal?: AbortSignal): Promise<PassOutputs> {
    const [images, , height, width] = request.pixelValues.dims;
    const outputs = new BatchedOutputs(images);
    for (let begin = 0; begin < images; begin += this.#maxBatch) {
      if (begin > 0) await this.#yieldToEventLoop();
      this.#mayGoOn(signal);
      const end = Math.min(begin + this.#maxBatch, images);
      const shape = { images: end - begin, height, width, compatibility: request.compatibility };
      const plan = this.plan(shape, request.attentions);
      this.compile(shape, request.attentions);
      await this.#readyOrForgotten();
      this.#write(plan, request, begin, end);
      await this.#pass(plan, request, outputs, signal);
    }
    const done = outputs.done();
    const pause = async () => {
      await this.#yieldToEventLoop();
      this.#mayGoOn(signal);
    };
    return { ...done, ...(await this.#architecture.complete?.(this.#model.body.config, done, pause)) };
  }

  /** When memory for a plan is not granted, the next pass plans again: memory may be free then. */
  async #readyOrForgotten(): Promise<void> {
    try {
      await this.#ready();
    } catch (error) {
      this.#plan = null;
      throw error;
    }
  }

  #write(plan: Plan, request: ForwardRequest, begin: number, end: number): void {
    const backend = this.#backend;
    const perImage = request.pixelValues.data.length / request.pixelValues.dims[0];
    const { body } = plan;
    const patches = body.tokens - body.prefixTokens;
    if (this.#prepared !== plan) {
      body.prepare();
      this.#architecture.prepare?.(backend, this.#model, plan.head);
    }
    this.#prepared = plan;
    backend.write(body.pixels, request.pixelValues.data.subarray(begin * perImage, end * perImage));
    if (request.mask) backend.write(body.mask, request.mask.subarray(begin * patches, end * patches));
    if (request.headMask) backend.write(body.headMask, request.headMask);
  }

  async #pass(plan: Plan, request: ForwardRequest, outputs: BatchedOutputs, signal?: AbortSignal): Promise<void> {
    const ops = this.#backend;
    const switches = { masked: request.mask !== undefined, headMasked: request.headMask !== undefined };
    const { body, head } = plan;
    for (const pause of forward(ops, this.#model.body, body, switches)) {
      if (pause.at === 'hiddenState') await this.#onHiddenState(plan, pause.index, request, outputs);
      else if (request.attentions) await this.#readAttentions(plan, pause, outputs, signal);
      this.#mayGoOn(signal);
    }
    const heads = this.#architecture.finish(ops, this.#model, body, head, request.withLoss === true);
    for (const name of Object.keys(heads) as (keyof typeof heads)[]) {
      for (const [i, output] of [heads[name] ?? []].flat().entries()) await this.#read(outputs, name, i, output);
    }
  }

  async #onHiddenState(plan: Plan, index: number, request: ForwardRequest, outputs: BatchedOutputs): Promise<void> {
    const ops = this.#backend;
    const { body, head } = plan;
    this.#architecture.collect?.(ops, index, this.#model, body, head);
    const dims = [body.image.images, body.tokens, this.#model.body.config.hiddenSize];
    if (request.hiddenStates) await this.#read(outputs, 'hiddenStates', index, { tensor: body.x, dims });
    if (this.#canYieldDuringPass) await this.#yieldToEventLoop();
  }

  /** Head by head through one [T, T] buffer, so that nothing but the result holds all of them. */
  async #readAttentions(
    plan: Plan,
    pause: Pause<Kinds> & { at: 'attention' },
    outputs: BatchedOutputs,
    signal?: AbortSignal,
  ): Promise<void> {
    const ops = this.#backend;
    const { body, probabilities } = plan;
    const { images, tokens, heads } = pause.shape;
    const all = new Float32Array(images * heads * tokens * tokens); // [B, heads, T, T]
    for (let i = 0; i < images * heads; i++) {
      this.#mayGoOn(signal);
      ops.attentionProbabilities(probabilities, body.qkv, pause.shape, Math.floor(i / heads), i % heads);
      all.set(await ops.read(probabilities), i * tokens * tokens);
    }
    outputs.add('attentions', pause.index, all, [images, heads, tokens, tokens]);
  }

  async #read(
    outputs: BatchedOutputs,
    name: keyof PassOutputs,
    index: number,
    { tensor, dims }: Output<Kinds>,
  ): Promise<void> {
    outputs.add(name, index, await this.#backend.read(tensor), dims);
  }

  /** Called before every piece of work: between two, the caller may have aborted or disposed of the model. */
  #mayGoOn(signal?: AbortSignal): void {
    throwIfAborted(signal);
    check(!this.#disposed, 'Disposed', 'Cannot finish the pass: the model was disposed of');
  }

  /** Bytes of WebAssembly or GPU memory: weights and buffers of the last input size. */
  get memory(): number {
    return this.#backend.committed;
  }

  /** Passes that wait or run are rejected with `Disposed`. */
  dispose(): void {
    this.#disposed = true;
    this.#backend.dispose();
  }
}

/** `turn`, but rejected as soon as `signal` fires, also while other passes run before it. */
function untilAborted<T>(turn: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new BeitError('Aborted', 'The operation was aborted', { cause: signal.reason }));
    signal.addEventListener('abort', stop);
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
