import { crc32 } from '../../crc32.ts';
import { check, throwIfAborted } from '../../errors.ts';
import { sizeOf } from '../../math.ts';
import type { ByteSource } from '../bytes/byteSource.ts';
import { plain } from '../bytes/plain.ts';
import { bytesOf } from '../dtype.ts';
import type { Storage, StoredTensor } from '../storedTensor.ts';
import { ChunkWriter, type Scratch } from './chunkWriter.ts';
import type { Sink } from './sink.ts';
import { finish, placesOf, type Receiver, runsOf, type Span, spansOf } from './spans.ts';
import type { StridedReader } from './stridedReader.ts';

export interface VisitOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of bytes just read. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Reads `wanted` in storage order, each storage once, and hands them to their sinks. Storages that no
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
  // safetensors have none
  const isStrided = [...wanted.keys()].some(({ strides }) => strides);
  const Strided = isStrided ? (await import('./stridedReader.ts')).StridedReader : null;
  for (const [tensor, sink] of wanted) {
    if (sizeOf(tensor.shape) === 0) continue;
    const receivers = byStorage.get(tensor.storage) ?? [];
    if (receivers.push(receiverOf(tensor, sink, scratch, Strided)) === 1) byStorage.set(tensor.storage, receivers);
  }
  const inOrder = [...byStorage].sort(([a], [b]) => a.pieces[0].begin - b.pieces[0].begin);
  const spans = inOrder.flatMap(([storage, receivers]) => spansOf(storage, receivers));
  for (const run of runsOf(spans)) await readRun(source, run, options);
}

function receiverOf(
  tensor: StoredTensor,
  sink: Sink,
  scratch: Scratch,
  Strided: typeof StridedReader | null,
): Receiver {
  const size = bytesOf(tensor.dtype);
  const writer = new ChunkWriter(tensor, sink, scratch);
  const begin = tensor.offset * size;
  if (Strided && tensor.strides) return new Strided(tensor, tensor.strides, writer);
  const end = begin + sizeOf(tensor.shape) * size;
  const place = sink.raw || tensor.dtype !== 'F32' ? undefined : sink.place;
  return { begin, end, place, feed: (bytes) => writer.feed(bytes), finish: () => writer.finish() };
}

/** Reads from the first span to the last as one stream. */
async function readRun(source: ByteSource, spans: readonly Span[], options: VisitOptions): Promise<void> {
  const { name } = source;
  const { begin } = spans[0];
  const end = spans.at(-1)!.end;
  const reader = new SpanReader(name, spans, options);
  let at = begin;
  throwIfAborted(options.signal);
  for await (const chunk of source.stream(begin, end, placesOf(spans))) {
    check(at + chunk.length <= end, 'InvalidCheckpoint', `Cannot read "${name}": it gives more than asked for`);
    reader.feed(at, plain(chunk));
    at += chunk.length;
  }
  check(at === end, 'InvalidCheckpoint', () => {
    return `Cannot read "${name}": expected ${end - begin} bytes at ${begin}, got ${at - begin}`;
  });
}

/** Hands the bytes of a run, as they come, to the spans they belong to. */
class SpanReader {
  #current = 0;
  #crc = 0;
  readonly #name: string;
  readonly #spans: readonly Span[];
  readonly #options: VisitOptions;

  constructor(name: string, spans: readonly Span[], options: VisitOptions) {
    this.#name = name;
    this.#spans = spans;
    this.#options = options;
  }

  feed(at: number, chunk: Uint8Array): void {
    const end = at + chunk.length;
    throwIfAborted(this.#options.signal);
    for (let span = this.#spans[this.#current]; span && span.begin < end; span = this.#spans[this.#current]) {
      const begin = Math.max(at, span.begin);
      this.#give(span, begin, chunk.subarray(begin - at, span.end - at));
      if (span.end > end) break;
      this.#finish(span);
    }
  }

  #give(span: Span, begin: number, bytes: Uint8Array): void {
    const { signal, onBytes } = this.#options;
    if (span.crc32 !== undefined) this.#crc = crc32(bytes, this.#crc);
    distribute(span.receivers, span.at + begin - span.begin, bytes);
    onBytes?.(bytes.length);
    throwIfAborted(signal);
  }

  #finish(span: Span): void {
    const intact = span.crc32 === undefined || span.crc32 === this.#crc;
    check(intact, 'BadArchive', `Cannot read "${this.#name}": CRC mismatch at byte ${span.begin}`);
    if (span.last) finish(span.receivers);
    this.#current++;
    this.#crc = 0;
  }
}

function distribute(receivers: readonly Receiver[], at: number, bytes: Uint8Array): void {
  for (const receiver of receivers) {
    const begin = Math.max(at, receiver.begin);
    const end = Math.min(at + bytes.length, receiver.end);
    if (begin < end) receiver.feed(bytes.subarray(begin - at, end - at));
  }
}
