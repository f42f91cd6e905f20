import { check } from '../../errors.ts';
import { sizeOf } from '../../math.ts';
import { bytesOf, DTYPE_BITS, type DtypeName } from '../dtype.ts';

/** A tensor to be written: `data` gives its little-endian bytes in chunks of any size, when their turn comes. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  /** Is stored in the shard of the entry before it: a reader needs both. */
  readonly joined?: boolean;
  data(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Where the bytes of a file go, in order; a chunk may be reused once its promise resolves. */
export type ByteWriter = (chunk: Uint8Array) => Promise<void> | void;

const DTYPE_ORDER = Object.keys(DTYPE_BITS);
const PYTORCH = { format: 'pt' };

/**
 * Writes a safetensors file as the reference writes it: widest types first, then by name, header padded to eight bytes.
 * Only one chunk is in memory at a time.
 *
 * @throws `InvalidArgument` when two entries share a name, or one gives other bytes than its type and shape demand.
 * @example
 * const chunks: Uint8Array[] = [];
 * const bias = { name: 'bias', dtype: 'F32', shape: [2], data: () => [new Uint8Array(8)] } as const;
 * await writeSafetensors([bias], (chunk) => void chunks.push(chunk.slice()));
 */
export async function writeSafetensors(
  entries: readonly TensorEntry[],
  write: ByteWriter,
  metadata: Readonly<Record<string, string>> = PYTORCH,
): Promise<void> {
  const sorted = inFileOrder(entries);
  await write(headerOf(sorted, metadata));
  for (const entry of sorted) await writeData(entry, write);
}

/** Bytes of an entry's data. */
export function entryBytes({ dtype, shape }: TensorEntry): number {
  return sizeOf(shape) * bytesOf(dtype);
}

/** By UTF-8 bytes, which is the order of code points and not that of UTF-16. */
function inFileOrder(entries: readonly TensorEntry[]): TensorEntry[] {
  const rank = ({ dtype }: TensorEntry) => DTYPE_ORDER.indexOf(dtype);
  const sorted = [...entries].sort((a, b) => rank(b) - rank(a) || compareText(a.name, b.name));
  const names = new Set(sorted.map((entry) => entry.name));
  check(names.size === sorted.length, 'InvalidArgument', 'Cannot write tensors: two have the same name');
  check(!names.has('__metadata__'), 'InvalidArgument', 'Cannot write a tensor named "__metadata__"');
  return sorted;
}

function compareText(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = x[i].codePointAt(0)! - y[i].codePointAt(0)!;
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

function headerOf(entries: readonly TensorEntry[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let begin = 0;
  for (const entry of entries) {
    const end = begin + entryBytes(entry);
    const value = { dtype: entry.dtype, shape: entry.shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(entry.name)}:${JSON.stringify(value)}`);
    begin = end;
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}

async function writeData(entry: TensorEntry, write: ByteWriter): Promise<void> {
  const expected = entryBytes(entry);
  let written = 0;
  for await (const chunk of entry.data()) {
    written += chunk.length;
    if (written <= expected) await write(chunk);
  }
  check(written === expected, 'InvalidArgument', () => {
    return `Cannot write "${entry.name}": expected ${expected} bytes for ${entry.dtype} [${entry.shape}], got ${written}`;
  });
}
