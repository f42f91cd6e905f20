import { BeitError, check } from '../../errors.ts';
import { plain } from './plain.ts';

/** What is kept of the beginning, so that looking at a header costs no second opening. Unit: bytes. */
const HEAD = 1024;

/** Ranges of what only runs forward: opened again where the one wanted is before the present position. */
export class ForwardStream {
  #iterator: AsyncIterator<Uint8Array> | null = null;
  #at = 0;
  #rest = new Uint8Array(0);
  #head = new Uint8Array(0);
  readonly #name: string;
  readonly #source: () => AsyncIterable<Uint8Array>;

  constructor(name: string, source: () => AsyncIterable<Uint8Array>) {
    this.#name = name;
    this.#source = source;
  }

  async *range(begin: number, end: number): AsyncGenerator<Uint8Array> {
    if (begin < this.#at && begin < this.#head.length) {
      const kept = this.#head.subarray(begin, Math.min(end, this.#head.length));
      begin += kept.length;
      yield kept;
    }
    if (begin >= end) return;
    if (begin < this.#at) this.close();
    while (this.#at < begin) await this.#take(begin - this.#at);
    while (this.#at < end) yield await this.#take(end - this.#at);
  }

  close(): void {
    this.#iterator?.return?.()?.catch?.(() => undefined);
    this.#iterator = null;
    this.#rest = new Uint8Array(0);
    this.#at = 0;
  }

  /** The next bytes, at most `limit`. */
  async #take(limit: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) this.#rest = await this.#pull();
    const chunk = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(chunk.length);
    if (this.#at === this.#head.length && this.#at < HEAD)
      this.#head = append(this.#head, chunk.subarray(0, HEAD - this.#at));
    this.#at += chunk.length;
    return chunk;
  }

  async #pull(): Promise<Uint8Array<ArrayBuffer>> {
    const name = this.#name;
    const next = await this.#next();
    check(!next.done, 'InvalidCheckpoint', `Cannot read "${name}": the stream ended after ${this.#at} bytes`);
    check(
      next.value instanceof Uint8Array,
      'InvalidArgument',
      `Cannot read "${name}": the stream yields no Uint8Array`,
    );
    return plain(next.value as Uint8Array);
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      this.#iterator ??= this.#source()[Symbol.asyncIterator]();
      return await this.#iterator.next();
    } catch (cause) {
      if (cause instanceof BeitError) throw cause;
      const aborted = cause instanceof Error && cause.name === 'AbortError';
      const message = `Cannot read "${this.#name}": the stream broke after ${this.#at} bytes`;
      throw new BeitError(aborted ? 'Aborted' : 'Network', message, { cause });
    }
  }
}

function append(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
