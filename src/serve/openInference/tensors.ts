import { sizeOf } from '../../math.ts';
import { toFloat32 } from '../../weights/dtype.ts';
import { fromFloat32 } from '../../weights/save/fromFloat32.ts';
import { HttpError } from '../httpError.ts';
import type { NamedTensor } from '../namedTensor.ts';

const bad = (message: string) => new HttpError(400, 'InvalidArgument', message);

/** Reads the flat or nested `data` of a JSON request. @throws {@link HttpError} 400 */
export function fromJson(name: string, datatype: string, shape: readonly number[], data: unknown): NamedTensor {
  const flat = Array.isArray(data) ? data.flat(Number.POSITIVE_INFINITY) : [data];
  checkCount(name, shape, flat.length);
  if (datatype === 'BYTES') return { name, datatype, shape, data: flat.map((text) => bytesOf(name, text)) };
  if (datatype !== 'FP32') throw bad(`Cannot read input "${name}": expected FP32 or BYTES, got ${datatype}`);
  if (!flat.every((x) => typeof x === 'number')) throw bad(`Cannot read input "${name}": expected numbers`);
  return { name, datatype, shape, data: Float32Array.from(flat as number[]) };
}

/** A JSON request carries BYTES as text: base64 of an encoded picture. */
function bytesOf(name: string, text: unknown): Uint8Array {
  if (typeof text !== 'string') throw bad(`Cannot read input "${name}": expected strings of base64`);
  return fromBase64(text, `input "${name}"`);
}

/** @throws {@link HttpError} 400 naming `what` when the text is not base64 */
export function fromBase64(text: string, what: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replace(/^data:[^,]*;base64,/, '')), (c) => c.charCodeAt(0));
  } catch {
    throw bad(`Cannot read ${what}: expected base64, got "${text.slice(0, 40)}"`);
  }
}

/** The bytes as base64, chunk by chunk: `String.fromCharCode` takes no large argument lists. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Reads the binary tensor `bytes`, little endian. @throws {@link HttpError} 400 */
export function fromBinary(name: string, datatype: string, shape: readonly number[], bytes: Uint8Array): NamedTensor {
  if (datatype === 'BYTES') {
    const data = lengthPrefixed(name, bytes);
    checkCount(name, shape, data.length);
    return { name, datatype, shape, data };
  }
  const stored = datatype === 'FP32' ? 'F32' : datatype === 'FP16' ? 'F16' : null;
  if (!stored) throw bad(`Cannot read input "${name}": expected FP32, FP16 or BYTES, got ${datatype}`);
  const count = bytes.length / (stored === 'F32' ? 4 : 2);
  checkCount(name, shape, count);
  return { name, datatype: 'FP32', shape, data: toFloat32(stored, bytes, new Float32Array(count)) };
}

function checkCount(name: string, shape: readonly number[], found: number): void {
  const valid = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!valid) throw bad(`Cannot read input "${name}": invalid shape [${shape}]`);
  const expected = sizeOf(shape);
  if (found !== expected) throw bad(`Cannot read input "${name}": [${shape}] has ${expected} elements, got ${found}`);
}

/** Every element is a u32 length and its bytes. */
function lengthPrefixed(name: string, bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const begin = at + 4;
    const end = begin <= bytes.length ? begin + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) throw bad(`Cannot read input "${name}": an element ends beyond byte ${bytes.length}`);
    found.push(bytes.subarray(begin, end));
    at = end;
  }
  return found;
}

/** The tensor as the `data` of a JSON answer. @throws {@link HttpError} 400 for FP16, which JSON does not carry */
export function toJson({ name, datatype, data }: NamedTensor): unknown[] {
  if (datatype === 'FP16') throw bad(`Cannot write output "${name}" as JSON: FP16 needs binary_data`);
  if (datatype === 'BYTES') return (data as readonly Uint8Array[]).map((bytes) => new TextDecoder().decode(bytes));
  return Array.from(data as Float32Array);
}

/** The tensor as a binary answer carries it. */
export function toBinary({ datatype, data }: NamedTensor): Uint8Array {
  if (datatype === 'BYTES') return withLengths(data as readonly Uint8Array[]);
  const numbers = data as Float32Array | Int32Array;
  if (datatype === 'FP16') return fromFloat32('F16', numbers as Float32Array);
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function withLengths(elements: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(elements.reduce((size, bytes) => size + 4 + bytes.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const bytes of elements) {
    view.setUint32(at, bytes.length, true);
    out.set(bytes, at + 4);
    at += 4 + bytes.length;
  }
  return out;
}
