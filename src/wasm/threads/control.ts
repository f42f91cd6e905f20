/** Arguments of a kernel after its range, at most. */
const MAX_ARGS = 24;
/** i32 words between words that different threads write: one cache line of 128 bytes, as prefetchers fetch pairs. */
const LINE = 32;
const ARGS_AT = 4 * LINE;
/** Worker t writes its word from here on: the last generation that it accepted. */
const ACCEPTED_AT = ARGS_AT + 2 * MAX_ARGS;

/** The words that threads wait on, each in a cache line of its own. A generation counts commands, and holds how many threads take part. */
export const GENERATION = 0;
export const PENDING = LINE;
export const SLEEPERS = 2 * LINE;
const FAILED = 3 * LINE;

const [KERNEL, EXTENT, GRAIN, COUNT, SCRATCH] = [1, 2, 3, 4, 5];

/** Bits of a generation for the number of threads. */
const PARTY_BITS = 7;
const ALL = (1 << PARTY_BITS) - 1;

/** How many threads, the leader included, take part in the command of a generation; the others must not read it. */
export function partyOf(generation: number): number {
  return generation & ALL;
}

/** One kernel call as the leader publishes it. `kernel` counts the exports of the core. */
export interface Command {
  readonly kernel: number;
  readonly extent: number;
  readonly grain: number;
  readonly scratchBytes: number;
  readonly args: readonly number[];
}

/** `kernel` of the command that terminates the workers. */
export const STOP = -1;

/** The block of shared memory through which a leader drives its workers. Word offsets are in i32. */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly #args: Float64Array;

  constructor(threads: number, buffer = new SharedArrayBuffer(4 * (ACCEPTED_AT + LINE * threads))) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.#args = new Float64Array(buffer, 4 * ARGS_AT, MAX_ARGS);
  }

  /**
   * Publishes a command to the first `workers` of the parked or spinning workers, or to all that there are: plain words
   * first, then the generation releases them.
   */
  publish(command: Command, workers: number | 'all'): number {
    const { words } = this;
    words[KERNEL] = command.kernel;
    words[EXTENT] = command.extent;
    words[GRAIN] = command.grain;
    words[SCRATCH] = command.scratchBytes;
    words[COUNT] = command.args.length;
    this.#args.set(command.args);
    Atomics.store(words, PENDING, workers === 'all' ? 0 : workers);
    const party = workers === 'all' ? ALL : workers + 1;
    const generation = (((words[GENERATION] >> PARTY_BITS) + 1) << PARTY_BITS) | party;
    Atomics.store(words, GENERATION, generation);
    // sequentially consistent: a worker that counts itself a sleeper later finds the new generation and does not sleep
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, GENERATION);
    return generation;
  }

  /** The command of the present generation; read it once the generation has changed. */
  command(): Command {
    const { words } = this;
    return {
      kernel: words[KERNEL],
      extent: words[EXTENT],
      grain: words[GRAIN],
      scratchBytes: words[SCRATCH],
      args: [...this.#args.subarray(0, words[COUNT])],
    };
  }

  accept(worker: number, generation: number): void {
    Atomics.store(this.words, ACCEPTED_AT + LINE * worker, generation);
  }

  accepted(worker: number): number {
    return Atomics.load(this.words, ACCEPTED_AT + LINE * worker);
  }

  /** One worker is done; the last one wakes the leader. */
  finish(): void {
    if (Atomics.sub(this.words, PENDING, 1) === 1) Atomics.notify(this.words, PENDING);
  }

  /** A worker failed with an exception or terminated: it will not finish. Wakes the leader at once. */
  fail(worker: number): void {
    Atomics.store(this.words, FAILED, worker);
    Atomics.notify(this.words, PENDING);
  }

  /** The worker that failed, or 0. */
  get failed(): number {
    return Atomics.load(this.words, FAILED);
  }
}

/** The last argument is the scratch of thread 0; thread t has its own `t · scratchBytes` after it. */
export function argsOf(thread: number, args: readonly number[], scratchBytes: number): number[] {
  const own = [...args];
  if (scratchBytes > 0) own[own.length - 1] += thread * scratchBytes;
  return own;
}
