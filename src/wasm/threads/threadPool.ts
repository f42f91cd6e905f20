import { BeitError, reason } from '../../errors.ts';
import type { Dispatch, RangeCall, RangeKernel } from '../dispatch.ts';
import type { Kernels } from '../kernels.ts';
import { type Command, Control, PENDING, STOP } from './control.ts';
import { runPart } from './serve.ts';
import { grainOf } from './share.ts';
import { spinWhile } from './spin.ts';
import type { StartThread, Thread, Watch, Watcher } from './thread.ts';

/**
 * Spinning before sleeping, in milliseconds: longer than the gaps between the kernels of a pass and than most parts of a
 * kernel differ, since a virtual processor that sleeps wakes late; and short enough that a leader and a worker which the
 * system put on one processor do not block each other for long.
 */
const SPIN_MS = 1;
/** The leader waits in slices of this length and looks for terminated workers after each, in milliseconds. */
const SLICE_MS = 20;
/**
 * On a busy machine a healthy thread may get no processor for many seconds. So time alone decides nothing where the runtime
 * tells whether a worker is alive. Elsewhere, in milliseconds: without an answer to a command, and without an end, the
 * latter also as a multiple of the leader's own time.
 */
const SILENT_MS = 30_000;
const SLOW_MS = 120_000;
const SLOW_FACTOR = 50;
/**
 * On a busy machine a worker waits milliseconds for a processor, and kernels of microseconds wait for it: a pass of a small
 * model took 17 times as long on two threads as on one (`bench/lab/busy.ts`). So when a kernel took LATE_FACTOR times what the leader alone needs
 * for it, and this loss is not tiny (milliseconds), the leader computes alone for ALONE_FACTOR times the loss. Losses are a
 * tenth of the time at most, and large kernels, which share well, are seldom late by that much.
 */
const LATE_FACTOR = 4;
const LOSS_MS = 0.5;
const ALONE_FACTOR = 10;
/** Where no event tells that a worker could not start, in milliseconds. */
const START_MS = 120_000;

/** What the threads of one engine share. */
export interface PoolParts {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly startThread: StartThread;
  readonly watch?: Watch;
  /** The leader included. */
  readonly threads: number;
  /** Logical processors; with more threads than these no thread spins. */
  readonly cores: number;
  /** How many of the threads may run now; default: all. Asked before every kernel. */
  readonly free?: (() => number) | undefined;
  /** When no worker can be started: compute on the leader alone instead of failing. */
  readonly fallBackToOneThread: boolean;
  /** Milliseconds without an answer after which a worker counts as failed, where the runtime cannot tell. */
  readonly silentMs?: number;
}

/**
 * Runs every kernel on several threads over one shared memory. The calling thread is the leader and takes a part
 * itself. Parts are whole tiles of independent rows, so results have the same bits for any number of threads.
 *
 * A worker that dies (see {@link Thread.alive}) breaks the pool: the kernel under way throws `WorkerFailed`, and the next
 * `ready` starts new workers on the same memory, which still holds the weights.
 */
export class ThreadPool implements Dispatch {
  readonly threads: number;
  readonly #parts: PoolParts;
  readonly #names: readonly string[];
  readonly #spin: number;
  #control: Control;
  #workers: Thread[] = [];
  #watcher: Watcher | null = null;
  #failure: BeitError | null = null;
  #starting: Promise<void> | null = null;
  #disposed = false;
  /** Until then, by `performance.now`, kernels run on the leader alone: see {@link LOSS_MS}. */
  #aloneUntil = 0;
  /** Why the leader computes alone, or ''. */
  fallbackReason = '';

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.threads = parts.threads;
    this.#names = Object.keys(parts.kernels);
    this.#spin = parts.threads > parts.cores ? 0 : SPIN_MS;
    this.#control = new Control(parts.threads);
  }

  ready(): Promise<void> {
    const up = (this.#workers.length > 0 || this.fallbackReason) && !this.#failure && !this.#control.failed;
    if (up && !this.#starting) return Promise.resolve();
    this.#starting ??= this.#restart().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #restart(): Promise<void> {
    // a worker that only seemed dead must not write into the next pass
    await this.#terminate();
    if (this.#disposed) throw this.#failure;
    this.#failure = null;
    this.#control = new Control(this.threads);
    try {
      const up = Array.from({ length: this.threads - 1 }, (_, i) => this.#startWorker(i + 1));
      this.#watcher = this.#parts.watch?.(this.#workers, this.#control) ?? null;
      await Promise.all(up);
      // not before all are up: Firefox cannot start a worker from a worker while others of its workers sleep
      for (const worker of this.#workers) worker.go();
    } catch (error) {
      await this.#terminate();
      if (!this.#parts.fallBackToOneThread || this.#disposed) throw error;
      this.fallbackReason = (error as Error).message;
      this.#failure = null;
    }
  }

  #startWorker(index: number): Promise<void> {
    const { module, memory, kernels, startThread } = this.#parts;
    const control = this.#control;
    const shared = { module, memory, control: control.buffer, form: kernels.form.value as number };
    const start = { ...shared, index, threads: this.threads, spin: this.#spin };
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const failed = (cause: unknown) => {
        clearTimeout(timer);
        if (control === this.#control) this.#failure ??= failure(index, cause);
        reject(this.#failure);
      };
      const ready = () => {
        clearTimeout(timer);
        resolve();
      };
      try {
        const worker = startThread(start, { ready, failed });
        this.#workers.push(worker);
        if (!worker.reportsExit) timer = setTimeout(() => failed(`no answer within ${START_MS} ms`), START_MS);
      } catch (cause) {
        failed(cause);
      }
    });
  }

  check(): void {
    const { failed } = this.#control;
    if (failed > 0) this.#failure ??= failure(failed, 'exception or termination');
    if (this.#failure) throw this.#failure;
  }

  run(kernel: RangeKernel, extent: number, args: readonly number[], scratchBytes = 0): void {
    this.check();
    const grain = grainOf(kernel);
    const call = this.#parts.kernels[kernel] as RangeCall;
    const party = Math.min(this.threads, this.#parts.free?.() ?? this.threads);
    const begin = performance.now();
    if (party < 2 || extent < 2 * grain || begin < this.#aloneUntil || this.fallbackReason) {
      call(0, extent, ...args);
      return;
    }
    const command: Command = { kernel: this.#names.indexOf(kernel), extent, grain, scratchBytes, args };
    const generation = this.#control.publish(command, party - 1);
    this.#lead(call, command, party);
    const own = performance.now() - begin;
    this.#await(generation, own);
    const end = performance.now();
    const loss = end - begin - LATE_FACTOR * own * party;
    if (loss > LOSS_MS) this.#aloneUntil = end + ALONE_FACTOR * loss;
  }

  /** The leader's own part. When it fails, the others are still at work on the same tensors. */
  #lead(call: RangeCall, command: Command, party: number): void {
    try {
      runPart(call, command, 0, party);
    } catch (cause) {
      this.#failure = failure(0, cause);
      throw this.#failure;
    }
  }

  /** Waits for the workers' parts. `own` is how long the leader's part took, in milliseconds. */
  #await(generation: number, own: number): void {
    const { words } = this.#control;
    const patience = Math.max(SLOW_MS, SLOW_FACTOR * own);
    let pending = Atomics.load(words, PENDING);
    if (pending === 0) return;
    const end = performance.now() + this.#spin;
    while (pending > 0 && spinWhile(words, PENDING, pending, end - performance.now()))
      pending = Atomics.load(words, PENDING);
    for (let slices = 0; (pending = Atomics.load(words, PENDING)) > 0; ) {
      this.check();
      if (Atomics.wait(words, PENDING, pending, SLICE_MS) === 'timed-out') this.#look(generation, ++slices, patience);
    }
    this.check();
  }

  /** Looks for a worker that will never finish; `slices` is how long the leader has waited for it. */
  #look(generation: number, slices: number, patience: number): void {
    this.#watcher?.arm();
    for (const [i, worker] of this.#workers.entries()) {
      const alive = worker.alive();
      const limit = this.#control.accepted(i + 1) === generation ? patience : (this.#parts.silentMs ?? SILENT_MS);
      const gone = alive === false || (alive === undefined && slices * SLICE_MS >= limit);
      if (gone) this.#failure ??= failure(i + 1, alive === false ? 'it was terminated' : 'it does not answer');
    }
  }

  async #terminate(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    this.#watcher?.end();
    if (workers.length === 0) return;
    // parked workers leave by themselves; some runtimes cannot end a thread that sleeps
    this.#control.publish({ kernel: STOP, extent: 0, grain: 1, scratchBytes: 0, args: [] }, 'all');
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  dispose(): void {
    this.#disposed = true;
    this.#failure = new BeitError('Disposed', 'Cannot run: the engine was disposed of');
    void this.#terminate().catch(() => {});
  }
}

function failure(index: number, cause: unknown): BeitError {
  const why = reason(cause);
  return new BeitError('WorkerFailed', `Cannot finish on thread ${index}: ${why}`, { cause });
}
