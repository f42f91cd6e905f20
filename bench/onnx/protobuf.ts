// The wire format of protocol buffers, as much as an ONNX file needs of it.

/** A message being written: pieces of bytes that are joined only when the file is. */
export class Message {
  readonly pieces: Uint8Array[] = [];
  length = 0;

  int(field: number, value: number): this {
    return this.#varint(field << 3).#varint(value);
  }

  float(field: number, value: number): this {
    return this.#varint((field << 3) | 5).#push(new Uint8Array(Float32Array.of(value).buffer));
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#varint((field << 3) | 2)
      .#varint(value.length)
      .#push(value);
  }

  message(field: number, value: Message): this {
    this.#varint((field << 3) | 2).#varint(value.length);
    for (const piece of value.pieces) this.#push(piece);
    return this;
  }

  #varint(value: number): this {
    // a negative integer is written as the 64 bits of its two's complement
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return this.#push(Uint8Array.from(bytes));
  }

  #push(piece: Uint8Array): this {
    this.pieces.push(piece);
    this.length += piece.length;
    return this;
  }
}
