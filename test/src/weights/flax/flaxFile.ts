/** MessagePack as Flax writes it, assembled by hand: the tests' own writer, honest or not. */
import { join } from '../torch/torchFile.ts';

const ascii = (text: string) => new TextEncoder().encode(text);
export const str = (text: string) => join([0xd9, ascii(text).length], ascii(text));
export const map = (...pairs: [string, Uint8Array][]) =>
  join([0x80 | pairs.length], ...pairs.flatMap(([key, value]) => [str(key), value]));
export const bin = (bytes: Uint8Array, size = bytes.length) => join([0xc5, size >> 8, size & 255], bytes);
export const u64 = (n: bigint) => join([0xcf], new Uint8Array(BigUint64Array.of(n).buffer).reverse());
export const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

export interface ArrayFields {
  shape?: Uint8Array;
  dtype?: Uint8Array;
  data?: Uint8Array;
  ext?: number;
  size?: number;
  parts?: number;
}

/** An array of float32 [2], any part of which can lie. */
export function array({ shape, dtype, data, ext = 1, size, parts = 3 }: ArrayFields = {}): Uint8Array {
  const body = join([0x90 | parts], shape ?? [0x91, 2], dtype ?? str('float32'), data ?? bin(floats(1, 2)));
  return join([0xc7, size ?? body.length, ext], body);
}

export const chunks = (...parts: Uint8Array[]) =>
  map(...parts.map((part, i) => [String(i), part] as [string, Uint8Array]));
export const flag = Uint8Array.of(0xc3);
export const chunked = (shape: Uint8Array, parts: Uint8Array) => {
  return map(['a', map(['__msgpack_chunked_array__', flag], ['shape', shape], ['chunks', parts])]);
};
export const sizes = (...values: number[]) => chunks(...values.map((value) => Uint8Array.of(value)));
