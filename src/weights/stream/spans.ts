import type { Place } from '../../place.ts';
import type { FilePlace } from '../bytes/byteSource.ts';
import type { Storage } from '../storedTensor.ts';

/** Takes bytes [begin, end) of a storage as they come. */
export interface Receiver {
  readonly begin: number;
  readonly end: number;
  /** Where all its bytes may be read to. */
  readonly place?: Place | undefined;
  feed(bytes: Uint8Array): void;
  finish(): void;
}

/** Bytes [begin, end) of the file that are wanted, and by which tensors. */
export interface Span {
  readonly begin: number;
  readonly end: number;
  readonly crc32?: number;
  /** Where the span begins in its storage. */
  readonly at: number;
  readonly receivers: readonly Receiver[];
  /** Whether nothing of its storage follows. */
  readonly last: boolean;
}

/** Spans no further apart are read in one go: reading the gap costs less than a new request. */
const GAP = 4096;

/** What of a storage must be read: from the first wanted byte to the last, or whole pieces where there are checksums. */
export function spansOf({ pieces }: Storage, receivers: readonly Receiver[]): Span[] {
  const first = Math.min(...receivers.map((r) => r.begin));
  const last = Math.max(...receivers.map((r) => r.end));
  const spans: Omit<Span, 'last'>[] = [];
  let before = 0;
  for (const { begin, end, crc32 } of pieces) {
    const size = end - begin;
    const from = crc32 === undefined ? Math.max(0, first - before) : 0;
    const to = crc32 === undefined ? Math.min(size, last - before) : size;
    const wanted = from < to && before < last && before + size > first;
    if (wanted) spans.push({ begin: begin + from, end: begin + to, crc32, at: before + from, receivers });
    before += size;
  }
  // a storage that ends before what is wanted of it begins: its receivers say so
  if (spans.length === 0) finish(receivers);
  return spans.map((span, i) => ({ ...span, last: i === spans.length - 1 }));
}

/** Spans in the order of the file, grouped into what is read as one stream. */
export function runsOf(spans: readonly Span[]): Span[][] {
  const runs: Span[][] = [];
  for (const span of spans) {
    const gap = span.begin - (runs.at(-1)?.at(-1)?.end ?? Number.NEGATIVE_INFINITY);
    if (gap >= 0 && gap <= GAP) runs.at(-1)!.push(span);
    else runs.push([span]);
  }
  return runs;
}

/** The places of what is whole in one of `spans` and read once. */
export function placesOf(spans: readonly Span[]): FilePlace[] {
  return spans.flatMap(({ begin, end, at, receivers }): FilePlace[] => {
    const [{ place, begin: first, end: last }] = receivers;
    const from = begin + first - at;
    const to = begin + last - at;
    if (!place || receivers.length > 1 || from < begin || to > end) return [];
    const bytes = (low: number, high: number) => place.bytes((low - from) / 4, (high - low) / 4);
    return [{ begin: from, end: to, grain: 4 * place.grain, bytes }];
  });
}

export function finish(receivers: readonly Receiver[]): void {
  for (const receiver of receivers) receiver.finish();
}
