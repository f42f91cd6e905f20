import { platform } from '#platform';
import type { Backend, Kinds } from '../../backend.ts';
import { openBackend } from '../../engine/openBackend.ts';
import type { OpenBackend } from '../../engine/openGpuBackend.ts';
import { check, throwIfAborted } from '../../errors.ts';
import type { Grid } from '../../interpolate.ts';
import { Parameters } from '../../model/beit/params/parameters.ts';
import type { CoreOptions } from '../../wasm/engine.ts';
import type { Checkpoint } from '../../weights/checkpoint.ts';
import { dvaeNames, dvaeSizes, fillDvae } from './dvaeFile.ts';
import type { DvaeSizes } from './groups.ts';

/** One half of a dVAE: how its weights are reserved, its buffers made, and its pass run. */
export interface DvaeHalf<M extends { readonly sizes: DvaeSizes }, S> {
  readonly decoder: boolean;
  params(p: Parameters<Kinds>, sizes: DvaeSizes): M;
  state(backend: Backend<Kinds>, model: M, grid: Grid): S;
}

/** A half on a backend of its own, with buffers for the last grid. */
export class DvaeNetwork<M extends { readonly sizes: DvaeSizes }, S> {
  readonly model: M;
  readonly #half: DvaeHalf<M, S>;
  readonly #opened: OpenBackend;
  readonly #mark: number;
  #grid = '';
  #state: S | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(half: DvaeHalf<M, S>, model: M, opened: OpenBackend) {
    this.#half = half;
    this.model = model;
    this.#opened = opened;
    this.#mark = opened.backend.mark();
  }

  /** @throws `CheckpointMismatch`, `OutOfMemory`, `UnsupportedRuntime`, `Aborted` */
  static async open<M extends { readonly sizes: DvaeSizes }, S>(
    half: DvaeHalf<M, S>,
    checkpoint: Checkpoint,
    options: CoreOptions & { readonly signal?: AbortSignal | undefined },
  ): Promise<DvaeNetwork<M, S>> {
    const names = dvaeNames(checkpoint);
    const sizes = dvaeSizes(checkpoint, names, half.decoder);
    const opened = await openBackend(options);
    try {
      const parameters = new Parameters<Kinds>(opened.backend, 'f32');
      const model = half.params(parameters, sizes);
      opened.backend.commit();
      await fillDvae(checkpoint, names, parameters, options.signal);
      await opened.ready();
      return new DvaeNetwork(half, model, opened);
    } catch (error) {
      opened.backend.dispose();
      throw error;
    }
  }

  get memory(): number {
    return this.#opened.backend.committed;
  }

  /** Runs a pass after those before it, and reads its result. @throws `Aborted`, `Disposed`, `OutOfMemory` */
  run(
    grid: Grid,
    pass: (backend: Backend<Kinds>, model: M, state: S) => Generator<void, { readonly tensor: Kinds['tensor'] }>,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const turn = this.#queue.then(() => this.#runNow(grid, pass, signal));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #runNow(
    grid: Grid,
    pass: (backend: Backend<Kinds>, model: M, state: S) => Generator<void, { readonly tensor: Kinds['tensor'] }>,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    this.#mayGoOn(signal);
    const { backend, ready } = this.#opened;
    const steps = pass(backend, this.model, this.#planned(grid));
    await ready();
    for (;;) {
      const { done, value } = steps.next();
      if (done) return backend.read(value.tensor);
      if (platform.canYieldDuringPass) await platform.yieldToEventLoop();
      this.#mayGoOn(signal);
    }
  }

  #planned(grid: Grid): S {
    const key = `${grid.height}×${grid.width}`;
    if (this.#state === null || this.#grid !== key) {
      const { backend } = this.#opened;
      this.#state = null;
      backend.reset(this.#mark);
      const state = this.#half.state(backend, this.model, grid);
      backend.commit();
      this.#state = state;
      this.#grid = key;
    }
    return this.#state;
  }

  #mayGoOn(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    check(!this.#disposed, 'Disposed', 'Cannot use the tokenizer: it was disposed of');
  }

  dispose(): void {
    this.#disposed = true;
    this.#opened.backend.dispose();
  }
}
