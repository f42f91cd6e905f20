import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { ByteSource } from '../bytes/byteSource.ts';
import { DTYPE_BITS, type DtypeName } from '../dtype.ts';
import type { StoredTensor } from '../storedTensor.ts';
import { type Json, parseStrictJson } from './strictJson.ts';

/** No header of a real model comes near; the reference stops at ten times as much. */
const MAX_HEADER = 10_000_000;
const ENTRY_KEYS = ['dtype', 'shape', 'data_offsets'];

export interface SafetensorsFile {
  readonly tensors: readonly StoredTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

interface Entry {
  readonly name: string;
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The directory of a safetensors file: u64 length of the header, the header in JSON, the data. All rules of the
 * reference reader hold before anything is allocated: tensors follow each other without holes or overlap, each has the
 * bytes that its type and shape demand, and together they end where the file ends.
 *
 * @throws `InvalidCheckpoint` naming the rule that is broken.
 * @example
 * const { tensors } = await readSafetensors(bytesSource('model.safetensors', bytes));
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const dataBegin = await headerEnd(source);
  const header = parseHeader(source.name, await source.read(8, dataBegin));
  const metadata = readMetadata(source.name, header.get('__metadata__'));
  header.delete('__metadata__');
  const entries = [...header].map(([name, value]) => readEntry(source.name, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(source.name, entries, source.size - dataBegin);
  return { metadata, tensors: entries.map((entry) => storedAt(entry, dataBegin)) };
}

async function headerEnd({ name, size, read }: ByteSource): Promise<number> {
  check(size >= 8, 'InvalidCheckpoint', `Cannot read "${name}": expected at least 8 bytes, got ${size}`);
  const first = await read(0, 8);
  const view = new DataView(first.buffer, first.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  const limit = Math.min(MAX_HEADER, size - 8);
  check(length >= 2 && length <= limit, 'InvalidCheckpoint', () => {
    return `Cannot read "${name}": expected a header of 2 to ${limit} bytes, got ${length}`;
  });
  return 8 + length;
}

function parseHeader(file: string, bytes: Uint8Array): Map<string, Json> {
  check(bytes[0] === 0x7b, 'InvalidCheckpoint', `Cannot read "${file}": its header does not begin with "{"`);
  const header = parseStrictJson(decodeUtf8(file, bytes), 'InvalidCheckpoint', `the header of "${file}"`);
  check(header instanceof Map, 'InvalidCheckpoint', `Cannot read "${file}": its header is not an object`);
  return header;
}

function decodeUtf8(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    check(false, 'InvalidCheckpoint', `Cannot read "${file}": its header is not UTF-8`);
  }
}

function readMetadata(file: string, value: Json | undefined): Map<string, string> {
  if (value === undefined) return new Map();
  const plain = value instanceof Map && [...value.values()].every((entry) => typeof entry === 'string');
  check(plain, 'InvalidCheckpoint', `Cannot read "${file}": expected strings in "__metadata__"`);
  return value as Map<string, string>;
}

function readEntry(file: string, name: string, value: Json): Entry {
  const wrong = `Cannot read tensor ${quoted(name)} of "${file}"`;
  const keyed = value instanceof Map && ENTRY_KEYS.every((key) => value.has(key));
  check(keyed, 'InvalidCheckpoint', `${wrong}: expected dtype, shape and data_offsets`);
  const [dtype, shape, offsets] = ENTRY_KEYS.map((key) => value.get(key) as Json);
  const known = typeof dtype === 'string' && Object.hasOwn(DTYPE_BITS, dtype);
  check(known, 'InvalidCheckpoint', () => `${wrong}: unknown dtype ${quoted(dtype)}`);
  check(isSizes(shape), 'InvalidCheckpoint', `${wrong}: its shape must be a list of sizes`);
  check(isSizes(offsets) && offsets.length === 2, 'InvalidCheckpoint', `${wrong}: data_offsets must be two integers`);
  checkBytes(wrong, dtype as DtypeName, shape, offsets[1] - offsets[0]);
  return { name, dtype: dtype as DtypeName, shape, begin: offsets[0], end: offsets[1] };
}

/** Partial products stay exact: the check stops at the first product that is not a safe integer. */
function checkBytes(wrong: string, dtype: DtypeName, shape: readonly number[], bytes: number): void {
  let bits: number = DTYPE_BITS[dtype];
  for (const size of shape) {
    bits *= size;
    check(Number.isSafeInteger(bits), 'InvalidCheckpoint', `${wrong}: shape [${shape}] overflows`);
  }
  check(bits === bytes * 8, 'InvalidCheckpoint', () => {
    return `${wrong}: ${dtype} [${shape}] is ${bits / 8} bytes, but data_offsets span ${bytes}`;
  });
}

function checkLayout(file: string, entries: readonly Entry[], dataSize: number): void {
  let end = 0;
  for (const entry of entries) {
    check(entry.begin === end, 'InvalidCheckpoint', () => {
      return `Cannot read "${file}": tensor ${quoted(entry.name)} begins at ${entry.begin}, the one before ends at ${end}`;
    });
    end = entry.end;
  }
  check(end === dataSize, 'InvalidCheckpoint', () => {
    return `Cannot read "${file}": its tensors are ${end} bytes, the file has ${dataSize} behind its header`;
  });
}

/** False for lists longer than any tensor has axes, and for numbers that are not sizes. */
function isSizes(value: Json): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every((n) => Number.isSafeInteger(n) && Number(n) >= 0);
}

function storedAt({ name, dtype, shape, begin, end }: Entry, dataBegin: number): StoredTensor {
  const storage = { pieces: [{ begin: dataBegin + begin, end: dataBegin + end }] };
  return { name, dtype, shape, storage, offset: 0, strides: null };
}
