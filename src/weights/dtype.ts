import { BeitError } from '../errors.ts';

/** Element types in the order in which safetensors files sort them, named as they name them; unit: bits. */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;
export type DtypeName = keyof typeof DTYPE_BITS;

type Widen = (bytes: Uint8Array, out: Float32Array) => void;

/** Bytes of one element. @throws `UnsupportedFormat` for types narrower than a byte. */
export function bytesOf(dtype: DtypeName): number {
  const bits = DTYPE_BITS[dtype];
  if (bits % 8 === 0) return bits / 8;
  throw new BeitError('UnsupportedFormat', `Cannot read elements of type ${dtype}: they are narrower than a byte`);
}

/**
 * Little-endian elements as f32: exactly where f32 holds them, else rounded once to the nearest, ties to even.
 * Float32 bytes that are at a multiple of four are viewed, not copied; all else is written to `scratch`.
 *
 * @throws `UnsupportedFormat` for complex types and types narrower than a byte.
 * @example
 * toFloat32('BF16', Uint8Array.of(0x80, 0x3f), new Float32Array(1)); // Float32Array [1]
 */
export function toFloat32(dtype: DtypeName, bytes: Uint8Array, scratch: Float32Array): Float32Array {
  const count = bytes.length / bytesOf(dtype);
  if (dtype === 'F32' && bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  const out = scratch.subarray(0, count);
  widenOf(dtype)(bytes, out);
  return out;
}

function widenOf(dtype: DtypeName): Widen {
  const widen = WIDEN[dtype];
  if (widen) return widen;
  throw new BeitError('UnsupportedFormat', `Cannot convert elements of type ${dtype} to float32`);
}

const WIDEN: Partial<Record<DtypeName, Widen>> = {
  F32: (bytes, out) => new Uint8Array(out.buffer, out.byteOffset, bytes.length).set(bytes),
  F64: (bytes, out) => out.set(new Float64Array(...aligned(bytes, 8))),
  F16: (bytes, out) => widenF16(new Uint16Array(...aligned(bytes, 2)), bitsOf(out)),
  BF16: (bytes, out) => widenBf16(new Uint16Array(...aligned(bytes, 2)), bitsOf(out)),
  F8_E4M3: (bytes, out) => widenF8(bytes, out, 4, 7),
  F8_E5M2: (bytes, out) => widenF8(bytes, out, 5, 15),
  F8_E8M0: (bytes, out) => {
    for (let i = 0; i < bytes.length; i++) out[i] = bytes[i] === 255 ? Number.NaN : 2 ** (bytes[i] - 127);
  },
  U8: (bytes, out) => out.set(bytes),
  BOOL: (bytes, out) => {
    for (let i = 0; i < bytes.length; i++) out[i] = bytes[i] === 0 ? 0 : 1;
  },
  I8: (bytes, out) => out.set(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
  I16: (bytes, out) => out.set(new Int16Array(...aligned(bytes, 2))),
  U16: (bytes, out) => out.set(new Uint16Array(...aligned(bytes, 2))),
  I32: (bytes, out) => out.set(new Int32Array(...aligned(bytes, 4))),
  U32: (bytes, out) => out.set(new Uint32Array(...aligned(bytes, 4))),
  I64: (bytes, out) => widen64(bytes, out, true),
  U64: (bytes, out) => widen64(bytes, out, false),
};

/** Where elements of `size` bytes can be viewed: in place when they are aligned, else in a copy. */
function aligned(bytes: Uint8Array, size: number): [ArrayBuffer, number, number] {
  const at = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return [at.buffer as ArrayBuffer, at.byteOffset, bytes.length / size];
}

function bitsOf(out: Float32Array): Uint32Array {
  return new Uint32Array(out.buffer, out.byteOffset, out.length);
}

function widenBf16(from: Uint16Array, to: Uint32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i] << 16;
}

/** Exponents are re-biased by 112 = 127 − 15; all-ones exponents by another 112; subnormals are mantissa · 2⁻²⁴. */
function widenF16(from: Uint16Array, to: Uint32Array): void {
  const subnormal = new Float32Array(1024);
  for (let m = 0; m < 1024; m++) subnormal[m] = m * 2 ** -24;
  const subnormalBits = bitsOf(subnormal);
  for (let i = 0; i < from.length; i++) {
    const h = from[i];
    const exponent = h & 0x7c00;
    const sign = (h & 0x8000) << 16;
    if (exponent === 0) to[i] = sign | subnormalBits[h & 0x3ff];
    else to[i] = sign | (((h & 0x7fff) << 13) + (exponent === 0x7c00 ? 224 << 23 : 112 << 23));
  }
}

/** `e5m2` has infinities as IEEE types do; `e4m3` has none, and one NaN of each sign. */
function widenF8(from: Uint8Array, to: Float32Array, exponentBits: number, bias: number): void {
  const table = Float32Array.from({ length: 256 }, (_, byte) => f8Value(byte, exponentBits, bias));
  for (let i = 0; i < from.length; i++) to[i] = table[from[i]];
}

function f8Value(byte: number, exponentBits: number, bias: number): number {
  const mantissaBits = 7 - exponentBits;
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte & 0x7f) >> mantissaBits;
  const mantissa = (byte & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  const top = exponent === (1 << exponentBits) - 1;
  if (exponentBits === 5 && top) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponentBits === 4 && (byte & 0x7f) === 0x7f) return Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** (1 - bias) : sign * (1 + mantissa) * 2 ** (exponent - bias);
}

/**
 * Beyond 2⁵³ a double would round once before float32 rounds again, so bit 11 takes in all bits below it first:
 * there is no tie of float32.
 */
function widen64(bytes: Uint8Array, out: Float32Array, signed: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < out.length; i++) {
    const low = view.getUint32(8 * i, true);
    const high = signed ? view.getInt32(8 * i + 4, true) : view.getUint32(8 * i + 4, true);
    const sticky = ((low & ~0x7ff) | (low & 0x7ff ? 0x800 : 0)) >>> 0;
    const small = high >= -0x200000 && high < 0x200000;
    out[i] = high * 0x1_0000_0000 + (small ? low : sticky);
  }
}
