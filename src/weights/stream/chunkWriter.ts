import { check } from '../../errors.ts';
import { sizeOf } from '../../math.ts';
import { bytesOf, toFloat32 } from '../dtype.ts';
import type { StoredTensor } from '../storedTensor.ts';
import type { Sink } from './sink.ts';

/** Elements of a chunk, unless one grain is more. */
export const CHUNK_ELEMENTS = 1 << 18;

/** One buffer for all conversions of a visit. */
export interface Scratch {
  floats: Float32Array;
}

/** Cuts the bytes of a tensor, coming in chunks of any size, into whole grains, converts them and puts them. */
export class ChunkWriter {
  #done = 0;
  #carried = 0;
  #carry: Uint8Array | null = null;
  readonly #total: number;
  readonly #size: number;
  readonly #tensor: StoredTensor;
  readonly #sink: Sink;
  readonly #scratch: Scratch;

  constructor(tensor: StoredTensor, sink: Sink, scratch: Scratch) {
    const whole = Number.isInteger(sink.grain) && sink.grain > 0;
    check(whole, 'InvalidArgument', `Cannot read "${tensor.name}": expected a grain of at least 1, got ${sink.grain}`);
    this.#tensor = tensor;
    this.#sink = sink;
    this.#scratch = scratch;
    this.#size = bytesOf(tensor.dtype);
    this.#total = sizeOf(tensor.shape);
  }

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const grain = Math.min(this.#sink.grain, this.#total - this.#done) * this.#size;
      const left = bytes.length - at;
      if (this.#carried > 0 || left < grain) at += this.#fill(bytes.subarray(at), grain);
      else {
        const grains = Math.min(
          Math.floor(left / grain),
          Math.max(1, Math.floor((CHUNK_ELEMENTS * this.#size) / grain)),
        );
        this.#emit(bytes.subarray(at, at + grains * grain));
        at += grains * grain;
      }
    }
  }

  finish(): void {
    const { name } = this.#tensor;
    check(
      this.#done === this.#total,
      'InvalidCheckpoint',
      `Cannot read "${name}": ${this.#done} of ${this.#total} elements`,
    );
  }

  /** What is too little for a grain waits for the next bytes. */
  #fill(bytes: Uint8Array, grain: number): number {
    const taken = Math.min(bytes.length, grain - this.#carried);
    this.#carry ??= new Uint8Array(grain);
    this.#carry.set(bytes.subarray(0, taken), this.#carried);
    this.#carried += taken;
    if (this.#carried === grain) {
      this.#carried = 0;
      this.#emit(this.#carry.subarray(0, grain));
    }
    return taken;
  }

  #emit(bytes: Uint8Array): void {
    const count = bytes.length / this.#size;
    if (this.#sink.raw) this.#sink.put(bytes, this.#done);
    else this.#sink.put(toFloat32(this.#tensor.dtype, bytes, this.#floats(count)), this.#done);
    this.#done += count;
  }

  #floats(count: number): Float32Array {
    const scratch = this.#scratch;
    if (scratch.floats.length < count) scratch.floats = new Float32Array(count);
    return scratch.floats;
  }
}
