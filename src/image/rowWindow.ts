import type { PictureCore, Stripe } from './pictureCore.ts';
import type { ResampleCoefficients } from './resample/resampleCoefficients.ts';

/** Rows beyond those of one sum, so that the window is moved seldom. */
const MORE_ROWS = 64;

/** The last rows of a picture that comes from top to bottom: as many as one output row is a sum of, and some more. */
export class RowWindow {
  readonly #core: PictureCore;
  readonly #stride: number; // bytes of a row
  readonly #rows: ResampleCoefficients;
  readonly #capacity: number; // rows
  readonly #at: number; // address
  readonly #order: readonly number[]; // output rows by the input that they need
  #first = 0; // row of the picture that is first in the window
  #end = 0; // row of the picture that comes next
  #done = 0; // output rows, in their order

  constructor(core: PictureCore, stride: number, rows: ResampleCoefficients) {
    this.#core = core;
    this.#stride = stride;
    this.#rows = rows;
    this.#capacity = rows.taps + MORE_ROWS;
    this.#at = core.arena.reserve(this.#capacity * stride);
    core.arena.commit();
    const order = [...rows.starts.keys()];
    // those of a mirrored axis begin at the bottom
    this.#order = rows.starts[0] > rows.starts[order.length - 1] ? order.reverse() : order;
  }

  /** Adds rows. Calls `make` for every output row whose input is there, with the address that row 0 of the picture would have. */
  take({ first, count, at }: Stripe, make: (row: number, top: number) => void): void {
    for (let taken = 0; taken < count; ) {
      this.#makeRoom();
      const rows = Math.min(count - taken, this.#first + this.#capacity - this.#end);
      this.#copy(this.#place(first + taken), at + taken * this.#stride, rows);
      taken += rows;
      this.#end = first + taken;
      this.#makeRows(make);
    }
  }

  /** Moves the rows that are still needed to the front once the window is full. */
  #makeRoom(): void {
    if (this.#end < this.#first + this.#capacity) return;
    const next = this.#order[this.#done];
    const needed = next === undefined ? this.#end : Math.min(this.#rows.starts[next], this.#end);
    this.#copy(this.#at, this.#place(needed), this.#end - needed);
    this.#first = needed;
  }

  #makeRows(make: (row: number, top: number) => void): void {
    const { starts, counts } = this.#rows;
    for (; this.#done < this.#order.length; this.#done++) {
      const row = this.#order[this.#done];
      if (starts[row] + counts[row] > this.#end) return;
      make(row, this.#place(0));
    }
  }

  #place(row: number): number {
    return this.#at + (row - this.#first) * this.#stride;
  }

  #copy(to: number, from: number, rows: number): void {
    new Uint8Array(this.#core.arena.memory.buffer).copyWithin(to, from, from + rows * this.#stride);
  }
}
