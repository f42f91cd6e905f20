/** Reads entropy-coded bits: FF 00 is a byte FF, a marker ends them, and what is read beyond the end is zero. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #window = 0; // the last `count` bits are the next to read
  #count = 0;
  #padding = 0; // how many bits of the window, the last ones, stand for nothing in the file

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** True once bits were asked for that the file does not have. */
  get exhausted(): boolean {
    return this.#count < this.#padding;
  }

  /** Where the bytes go on: at the marker that ended the bits, or near it. */
  get position(): number {
    return this.#at;
  }

  /** Forgets the rest of the window and goes on at `at`. */
  restart(at: number): void {
    this.#at = at;
    this.#window = this.#count = this.#padding = 0;
  }

  /** The next `n` ≤ 16 bits, not yet taken. */
  peek(n: number): number {
    if (this.#count < n) this.#fill();
    return (this.#window >>> (this.#count - n)) & ((1 << n) - 1);
  }

  /** Takes `n` bits that have been peeked at. */
  skip(n: number): void {
    this.#count -= n;
  }

  /** Takes `n` ≤ 16 bits. */
  bits(n: number): number {
    if (this.#count < n) this.#fill();
    this.#count -= n;
    return (this.#window >>> this.#count) & ((1 << n) - 1);
  }

  /** Takes one bit. */
  bit(): number {
    if (this.#count === 0) this.#fill();
    this.#count--;
    return (this.#window >>> this.#count) & 1;
  }

  /** Takes `n` ≤ 15 bits as JPEG codes signed numbers: those that begin with 0 are negative, counted from −2ⁿ + 1. */
  signed(n: number): number {
    if (n === 0) return 0;
    const value = this.bits(n);
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
  }

  #fill(): void {
    while (this.#count <= 24) {
      this.#window = (this.#window << 8) | this.#nextByte();
      this.#count += 8;
    }
  }

  #nextByte(): number {
    const byte = this.#bytes[this.#at];
    if (byte !== 0xff && byte !== undefined) {
      this.#at++;
      return byte;
    }
    if (byte === 0xff && this.#bytes[this.#at + 1] === 0) {
      this.#at += 2;
      return 0xff;
    }
    this.#padding += 8;
    return 0;
  }
}
