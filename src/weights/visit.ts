import { crc32 } from '../crc32.ts';
import { check, throwIfAborted } from '../errors.ts';
import { type ByteSource, plain } from './byteSource.ts';
import { Delivery, type Scratch } from './delivery.ts';
import { bytesOf } from './dtype.ts';
import { Gathering } from './gathering.ts';
import type { Sink } from './sink.ts';
import { type Piece, type Storage, type StoredTensor, sizeOf } from './storedTensor.ts';

/** The part of an `AbortSignal` that is read here. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface VisitOptions {
  readonly signal?: AbortSignalLike;
  /** Called with the number of bytes just read. */
  readonly onBytes?: (count: number) => void;
}

/** Takes bytes [begin, end) of a storage as they come. */
export interface Receiver {
  readonly begin: number;
  readonly end: number;
  feed(bytes: Uint8Array): void;
  finish(): void;
}

/**
 * Reads `wanted` in the order in which they lie, each storage once, and hands them to their sinks. Storages that no
 * wanted tensor looks at are not read.
 *
 * @throws `InvalidCheckpoint` when the source gives fewer bytes than it has, `BadArchive` when a checksum differs.
 */
export async function visitStored(
  source: ByteSource,
  wanted: ReadonlyMap<StoredTensor, Sink>,
  options: VisitOptions = {},
): Promise<void> {
  const byStorage = new Map<Storage, Receiver[]>();
  const scratch: Scratch = { floats: new Float32Array(0) };
  for (const [tensor, sink] of wanted) {
    if (sizeOf(tensor.shape) === 0) continue;
    const receivers = byStorage.get(tensor.storage) ?? [];
    if (receivers.push(receiverOf(tensor, sink, scratch)) === 1) byStorage.set(tensor.storage, receivers);
  }
  const inOrder = [...byStorage].sort(([a], [b]) => a.pieces[0].begin - b.pieces[0].begin);
  for (const [storage, receivers] of inOrder) {
    await readStorage(source, storage, receivers, options);
    for (const receiver of receivers) receiver.finish();
  }
}

function receiverOf(tensor: StoredTensor, sink: Sink, scratch: Scratch): Receiver {
  const size = bytesOf(tensor.dtype);
  const delivery = new Delivery(tensor, sink, scratch);
  const begin = tensor.offset * size;
  if (tensor.strides) return new Gathering(tensor, tensor.strides, delivery);
  const end = begin + sizeOf(tensor.shape) * size;
  return { begin, end, feed: (bytes) => delivery.feed(bytes), finish: () => delivery.finish() };
}

async function readStorage(source: ByteSource, { pieces }: Storage, receivers: Receiver[], options: VisitOptions) {
  const first = Math.min(...receivers.map((r) => r.begin));
  const last = Math.max(...receivers.map((r) => r.end));
  let before = 0;
  for (const piece of pieces) {
    const size = piece.end - piece.begin;
    const whole = piece.crc32 !== undefined;
    const from = whole ? 0 : Math.max(0, first - before);
    const to = whole ? size : Math.min(size, last - before);
    const base = before;
    const pass = (at: number, bytes: Uint8Array) => distribute(receivers, base + at, bytes);
    if (from < to && before < last && before + size > first) await readPiece(source, piece, from, to, pass, options);
    before += size;
  }
}

/** Bytes [from, to) of `piece`, checked for their number and, when the piece has one, against its checksum. */
async function readPiece(
  source: ByteSource,
  piece: Piece,
  from: number,
  to: number,
  pass: (at: number, bytes: Uint8Array) => void,
  { signal, onBytes }: VisitOptions,
): Promise<void> {
  let at = from;
  let crc = 0;
  throwIfAborted(signal);
  for await (const bytes of source.stream(piece.begin + from, piece.begin + to)) {
    const chunk = plain(bytes);
    throwIfAborted(signal);
    if (piece.crc32 !== undefined) crc = crc32(chunk, crc);
    check(at + chunk.length <= to, 'InvalidCheckpoint', `Cannot read "${source.name}": it gives more than asked for`);
    pass(at, chunk);
    at += chunk.length;
    onBytes?.(chunk.length);
  }
  check(at === to, 'InvalidCheckpoint', () => {
    return `Cannot read "${source.name}": expected ${to - from} bytes at ${piece.begin + from}, got ${at - from}`;
  });
  const intact = piece.crc32 === undefined || piece.crc32 === crc;
  check(intact, 'BadArchive', `Cannot read "${source.name}": the checksum at byte ${piece.begin} differs`);
}

function distribute(receivers: readonly Receiver[], at: number, bytes: Uint8Array): void {
  for (const receiver of receivers) {
    const begin = Math.max(at, receiver.begin);
    const end = Math.min(at + bytes.length, receiver.end);
    if (begin < end) receiver.feed(bytes.subarray(begin - at, end - at));
  }
}
