import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { type Checkpoint, variantFile } from '../checkpoint.ts';
import type { TensorInfo } from '../storedTensor.ts';
import { type FloatDtype, fromFloat32 } from './fromFloat32.ts';
import { type ByteWriter, entryBytes, type TensorEntry, writeSafetensors } from './writeSafetensors.ts';

/** A file being written. */
export interface FileWriter {
  readonly write: ByteWriter;
  /** Called when the file is whole; and when it is not, where there is no `abort`. */
  close(): Promise<void> | void;
  /** Called in place of `close` when the file cannot be finished. */
  abort?(): Promise<void> | void;
}

export interface SaveOptions {
  /** Data of a shard at most, unless one tensor (with its scales) has more; unit: bytes. Default: one file. */
  readonly shardSize?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Part of the names of files, such as `q8`; none unless given. */
  readonly variant?: string | undefined;
}

const FLOATS = ['F64', 'F32', 'F16', 'BF16'];

/**
 * Writes `model.safetensors`, or shards `model-00001-of-0000N.safetensors` and their index, as transformers names them.
 *
 * @returns the names of the files written.
 * @throws `InvalidArgument` unless `shardSize` is a positive number.
 * @example
 * await saveSafetensors(entries, (name) => createFile(`${folder}/${name}`), { shardSize: 24_000_000 });
 */
export async function saveSafetensors(
  entries: readonly TensorEntry[],
  create: (name: string) => Promise<FileWriter> | FileWriter,
  { shardSize = Number.POSITIVE_INFINITY, metadata, variant }: SaveOptions = {},
): Promise<string[]> {
  checkShardSize(shardSize);
  const shards = shardsOf(entries, shardSize);
  const names = shards.map((_, i) => shardName(i, shards.length, variant));
  for (const [i, shard] of shards.entries()) {
    await fillFile(await create(names[i]), (write) => writeSafetensors(shard, write, metadata));
  }
  if (shards.length === 1) return names;
  const index = variant ? variantFile('model.safetensors.index.json', variant) : 'model.safetensors.index.json';
  const text = new TextEncoder().encode(indexOf(shards, names));
  await fillFile(await create(index), (write) => write(text));
  return [...names, index];
}

/** @throws `InvalidArgument` unless it is a positive number. */
export function checkShardSize(shardSize = Number.POSITIVE_INFINITY): void {
  check(shardSize > 0, 'InvalidArgument', `Cannot write shards of ${quoted(shardSize)} bytes`);
}

/**
 * The tensors of an open checkpoint as entries to write: floating-point ones as `dtype` (rounded from float32), or, like
 * all others, byte for byte as they are. Each is read when its turn comes and is in memory alone.
 *
 * @example
 * await saveSafetensors(entriesOf(checkpoint, 'F16'), create);
 */
export function entriesOf(checkpoint: Checkpoint, dtype?: FloatDtype): TensorEntry[] {
  return [...checkpoint.tensors].map(([name, info]) => {
    const target = dtype && FLOATS.includes(info.dtype) ? dtype : info.dtype;
    const data = () => tensorData(checkpoint, name, info, target);
    return { name, dtype: target, shape: info.shape, data };
  });
}

async function* tensorData(
  checkpoint: Checkpoint,
  wanted: string,
  info: TensorInfo,
  target: TensorInfo['dtype'],
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const raw = { raw: true, grain: 1, put: (chunk: Uint8Array) => void chunks.push(chunk.slice()) } as const;
  const converted = {
    grain: 1,
    put: (chunk: Float32Array) => void chunks.push(fromFloat32(target as FloatDtype, chunk)),
  };
  await checkpoint.visit((name) => (name === wanted ? (target === info.dtype ? raw : converted) : null));
  yield* chunks;
}

function shardsOf(entries: readonly TensorEntry[], limit: number): TensorEntry[][] {
  const shards: TensorEntry[][] = [[]];
  let size = 0;
  for (const [i, entry] of entries.entries()) {
    const bytes = entryBytes(entry);
    const next = entries[i + 1];
    const together = bytes + (next?.joined ? entryBytes(next) : 0);
    if (size > 0 && !entry.joined && size + together > limit) {
      shards.push([]);
      size = 0;
    }
    shards[shards.length - 1].push(entry);
    size += bytes;
  }
  return shards;
}

function shardName(i: number, count: number, variant: string | undefined): string {
  const stem = variant ? `model.${variant}` : 'model';
  if (count === 1) return `${stem}.safetensors`;
  const [part, all] = [i + 1, count].map((n) => String(n).padStart(5, '0'));
  return `${stem}-${part}-of-${all}.safetensors`;
}

function indexOf(shards: readonly (readonly TensorEntry[])[], names: readonly string[]): string {
  const total_size = shards.flat().reduce((sum, entry) => sum + entryBytes(entry), 0);
  const pairs = shards.flatMap((shard, i) => shard.map((entry) => [entry.name, names[i]] as const));
  const weight_map = Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ metadata: { total_size }, weight_map }, null, 2)}\n`;
}

/** @throws what `fill` throws; the file is given up then */
export async function fillFile(file: FileWriter, fill: (write: ByteWriter) => Promise<void> | void): Promise<void> {
  try {
    await fill(file.write);
  } catch (error) {
    await (file.abort ?? file.close).call(file);
    throw error;
  }
  await file.close();
}
