import { QUANTIZED_DTYPES } from '../dtype.ts';
import { BeitError, check } from '../errors.ts';
import { quoted } from '../quoted.ts';
import type { ByteSource, ModelFiles } from './bytes/byteSource.ts';
import { readTensorFile, type TensorFile } from './readTensorFile.ts';
import type { StoredTensor, TensorInfo } from './storedTensor.ts';
import type { Sink } from './stream/sink.ts';
import { type VisitOptions, visitStored } from './stream/visit.ts';

export type { TensorInfo } from './storedTensor.ts';
export type { FloatSink, RawSink, Sink } from './stream/sink.ts';
export type { VisitOptions } from './stream/visit.ts';

/** Where weights are looked for, best first. */
const WEIGHT_FILES: readonly string[] = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'flax_model.msgpack',
];

/** The names of a variant, as transformers forms them: `model.fp16.safetensors`, `model.safetensors.index.fp16.json`. */
export function variantFile(name: string, variant: string): string {
  return name.replace(/(?=\.[^.]*$)/, `.${variant}`);
}

/** Integers that only this library reads are stored as variants, so that no other takes them for a model. */
const INTEGERS = QUANTIZED_DTYPES.flatMap((dtype) => WEIGHT_FILES.slice(0, 2).map((name) => variantFile(name, dtype)));

/** What may hold the weights of a folder, of a variant where one is asked for. */
export function weightFiles(variant?: string): readonly string[] {
  return variant ? WEIGHT_FILES.map((name) => variantFile(name, variant)) : [...WEIGHT_FILES, ...INTEGERS];
}

export interface OpenOptions {
  /** The file to open, in place of the first of {@link weightFiles} that exists. */
  readonly file?: string;
  /** Such as `fp16`: part of the names of files. */
  readonly variant?: string;
  /**
   * Reads a training checkpoint whose pickle also holds objects of other classes (`args`, an optimizer): each becomes
   * an inert stub that nothing can look into. Without it such a file is rejected.
   */
  readonly allowStubs?: boolean;
  /** Takes the running mean of the weights where a training checkpoint has both. */
  readonly useEma?: boolean;
  readonly signal?: VisitOptions['signal'];
}

/** Named tensors in one file or several, their directory read and checked, their data not yet touched. */
export interface Checkpoint {
  /** The file that was opened; an index where there are shards. */
  readonly file: string;
  readonly format: TensorFile['format'];
  /** In storage order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What safetensors files say of themselves. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Of all files together; unit: bytes. */
  readonly bytes: number;
  /**
   * Asks `want` for a sink for every tensor, then reads those that got one, in storage order.
   *
   * @throws `InvalidCheckpoint` or `BadArchive` when the data is not what the directory promised; `Aborted`.
   */
  visit(want: (name: string, info: TensorInfo) => Sink | null, options?: VisitOptions): Promise<void>;
}

interface Part extends TensorFile {
  readonly source: ByteSource;
}

/**
 * Opens the weights among `files`: safetensors, PyTorch (zip and legacy) or Flax, in one file or in shards, told apart
 * by what they contain and not by what they are called.
 *
 * @throws `FileNotFound` when nothing is there, or a shard is missing; `InvalidCheckpoint`, `BadArchive` or
 * `UnsafePickle` when a file breaks the rules of its format; `UnsupportedFormat` when it is something else.
 * @example
 * const checkpoint = await openCheckpoint(filesOf({ 'model.safetensors': bytes }));
 * const bias = new Float32Array(1000);
 * await checkpoint.visit((name) =>
 *   name === 'classifier.bias' ? { grain: 1, put: (chunk, offset) => bias.set(chunk, offset) } : null,
 * );
 */
export async function openCheckpoint(files: ModelFiles, options: OpenOptions = {}): Promise<Checkpoint> {
  const source = await find(files, options);
  const first = await readTensorFile(source, options);
  if (first !== 'index') return checkpointOf(source.name, [{ ...first, source }]);
  const { readShardIndex } = await import('./safetensors/sharded.ts');
  const index = await readShardIndex(source);
  const parts: Part[] = [];
  for (const file of new Set(index.values())) {
    parts.push(await openShard(files, source.name, file, options));
  }
  checkIndex(source.name, index, parts);
  return checkpointOf(source.name, parts);
}

async function find(files: ModelFiles, { file, variant }: OpenOptions): Promise<ByteSource> {
  const names = file === undefined ? weightFiles(variant) : [file];
  for (const name of names) {
    const source = await files.open(name);
    if (source) return source;
  }
  const why = files.absence?.() ? `; ${files.absence()}` : '';
  const list = names.slice(0, 5).map((name) => `"${name}"`);
  throw new BeitError('FileNotFound', `Cannot find weights: expected ${list.join(' or ')}${why}`);
}

async function openShard(files: ModelFiles, index: string, file: string, options: OpenOptions): Promise<Part> {
  const source = await files.open(file);
  check(source, 'FileNotFound', `Cannot find "${file}", which "${index}" names as a shard`);
  const shard = await readTensorFile(source, options);
  check(shard !== 'index', 'InvalidCheckpoint', `Cannot read "${index}": its shard "${file}" is an index too`);
  // shards wait for their turn: a Worker may hold only a few connections open
  source.release?.();
  return { ...shard, source };
}

function checkIndex(index: string, map: ReadonlyMap<string, string>, parts: readonly Part[]): void {
  const held = new Set(parts.flatMap((part) => part.tensors.map((tensor) => `${part.source.name}\n${tensor.name}`)));
  const missing = [...map].filter(([tensor, file]) => !held.has(`${file}\n${tensor}`)).map(([tensor]) => tensor);
  check(missing.length === 0, 'InvalidCheckpoint', () => {
    const shown = missing.slice(0, 5).join(', ');
    return `Cannot read "${index}": its shards lack ${missing.length} of the tensors it lists: ${shown}`;
  });
}

function checkpointOf(file: string, parts: readonly Part[]): Checkpoint {
  const tensors = new Map<string, StoredTensor>();
  for (const { source, tensors: stored } of parts) {
    for (const tensor of stored) {
      const where = `duplicate tensor ${quoted(tensor.name)}`;
      check(!tensors.has(tensor.name), 'InvalidCheckpoint', () => `Cannot read "${source.name}": ${where}`);
      tensors.set(tensor.name, tensor);
    }
  }
  return {
    file,
    tensors,
    format: parts[0].format,
    metadata: new Map(parts.flatMap((part) => [...part.metadata])),
    bytes: parts.reduce((sum, part) => sum + part.source.size, 0),
    visit: (want, options) => visitParts(parts, want, options),
  };
}

async function visitParts(
  parts: readonly Part[],
  want: (name: string, info: TensorInfo) => Sink | null,
  options: VisitOptions | undefined,
): Promise<void> {
  for (const { source, tensors } of parts) {
    const wanted = new Map<StoredTensor, Sink>();
    for (const tensor of tensors) {
      const sink = want(tensor.name, tensor);
      if (sink) wanted.set(tensor, sink);
    }
    await visitStored(source, wanted, options);
    if (parts.length > 1) source.release?.();
  }
}
