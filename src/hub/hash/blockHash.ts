/** A digest fed piece by piece. `digest` may be called once; it gives lower-case hexadecimal. */
export interface StreamingHash {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** Feeds the blocks at [at, end) of `view` to `state`; `words` is scratch for the message schedule. */
export type Compress = (state: Int32Array, words: Int32Array, view: DataView, at: number, end: number) => void;

/** Unit: bytes. */
export const BLOCK = 64;

/** Merkle–Damgård over 64-byte blocks: `compress` per block, then 0x80, zeros and the length in bits (§5.1.1). */
export function blockHash(compress: Compress, wordCount: number, start: readonly number[]): StreamingHash {
  const state = Int32Array.from(start);
  const words = new Int32Array(wordCount);
  const tail = new Uint8Array(2 * BLOCK);
  const tailView = new DataView(tail.buffer);
  let length = 0;
  return {
    update(bytes) {
      let at = 0;
      const held = length % BLOCK;
      length += bytes.length;
      if (held > 0) {
        at = Math.min(BLOCK - held, bytes.length);
        tail.set(bytes.subarray(0, at), held);
        if (held + at < BLOCK) return;
        compress(state, words, tailView, 0, BLOCK);
      }
      const end = bytes.length - ((bytes.length - at) % BLOCK);
      compress(state, words, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at, end);
      tail.set(bytes.subarray(end), 0);
    },
    digest() {
      const held = length % BLOCK;
      const end = held < BLOCK - 8 ? BLOCK : 2 * BLOCK;
      tail.fill(0, held);
      tail[held] = 0x80;
      tailView.setUint32(end - 8, Math.floor(length / 2 ** 29));
      tailView.setUint32(end - 4, (length * 8) % 2 ** 32);
      compress(state, words, tailView, 0, end);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
}
