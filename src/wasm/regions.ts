/** i32 words of the table: the worker that holds the lock, how many passes run, then the two ends of every worker's region. */
const [LOCK, PASSES, FIRST] = [0, 1, 2];
/** Bytes that an end counts in: it has to fit into 31 bits, and regions begin on a multiple of 64. */
const UNIT = 64;
/** A waiting worker looks again after this time; unit: milliseconds. */
const LOOK_MS = 10;

/**
 * Regions of one memory that hold the buffers of the workers which compute in it side by side. The weights are below `base`;
 * a worker that needs more bytes than its region has gets another, the lowest that is free. The table is shared memory.
 */
export class Regions {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** A table for `workers` workers. */
  static create(workers: number): Regions {
    return new Regions(new SharedArrayBuffer(4 * (FIRST + 2 * workers)));
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** How many workers compute now. */
  get passes(): number {
    return Atomics.load(this.#words, PASSES);
  }

  set passes(count: number) {
    Atomics.store(this.#words, PASSES, count);
  }

  /** Bytes of the memory that are in use: the highest end of a region. */
  get end(): number {
    return UNIT * this.#regions().reduce((most, [, end]) => Math.max(most, end), 0);
  }

  /**
   * Gives a worker a region of `bytes` bytes at or above `base`, and lets it `fill` the region before another worker may get
   * one: growing the memory is a part of that. When that fails, the worker has none.
   */
  place(worker: number, base: number, bytes: number, fill: (at: number) => void): void {
    this.#lock(worker);
    try {
      const size = Math.ceil(bytes / UNIT);
      const [begin, end] = this.#region(worker);
      const at = end - begin >= size ? begin : this.#lowestFree(worker, Math.ceil(base / UNIT), size);
      this.#put(worker, 0, 0);
      fill(at * UNIT);
      this.#put(worker, at, Math.max(at + size, at === begin ? end : 0));
    } finally {
      this.#unlock(worker);
    }
  }

  /** A worker terminated: should it hold the lock, the others get it. Its region is kept for the one that replaces it. */
  abandon(worker: number): void {
    this.#unlock(worker);
  }

  #regions(): [begin: number, end: number][] {
    return Array.from({ length: (this.#words.length - FIRST) / 2 }, (_, worker) => this.#region(worker));
  }

  #region(worker: number): [begin: number, end: number] {
    return [this.#words[FIRST + 2 * worker], this.#words[FIRST + 2 * worker + 1]];
  }

  #put(worker: number, begin: number, end: number): void {
    this.#words[FIRST + 2 * worker] = begin;
    this.#words[FIRST + 2 * worker + 1] = end;
  }

  #lowestFree(worker: number, base: number, size: number): number {
    const others = this.#regions()
      .filter(([begin, end], i) => i !== worker && end > begin)
      .sort(([a], [b]) => a - b);
    let at = base;
    for (const [begin, end] of others) if (begin < at + size) at = Math.max(at, end);
    return at;
  }

  #lock(worker: number): void {
    for (;;) {
      const holder = Atomics.compareExchange(this.#words, LOCK, 0, worker + 1);
      if (holder === 0) return;
      Atomics.wait(this.#words, LOCK, holder, LOOK_MS);
    }
  }

  #unlock(worker: number): void {
    if (Atomics.compareExchange(this.#words, LOCK, worker + 1, 0) === worker + 1) Atomics.notify(this.#words, LOCK);
  }
}
