/**
 * Reads `parts` in their order, `depth` of them under way at once: the next ones come while the caller works on one.
 * Stopping early waits for what is under way, so that afterwards nothing is read any more.
 *
 * @param read gets the part and its turn, 0 to depth − 1; the result of the turn before is not used any more
 * @example
 * for await (const bytes of readAhead([0, 1024], 2, (at) => source.read(at, at + 1024))) take(bytes);
 */
export async function* readAhead<Part, Bytes>(
  parts: Iterable<Part>,
  depth: number,
  read: (part: Part, turn: number) => Promise<Bytes>,
): AsyncGenerator<Bytes> {
  const ahead: Promise<Bytes>[] = [];
  let turn = 0;
  try {
    for (const part of parts) {
      const reading = read(part, turn);
      // an error is told when its turn comes
      reading.catch(() => {});
      ahead.push(reading);
      turn = (turn + 1) % depth;
      if (ahead.length === depth) yield await ahead.shift()!;
    }
    while (ahead.length > 0) yield await ahead.shift()!;
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** The ranges of at most `size` that [begin, end) consists of. */
export function* rangesOf(begin: number, end: number, size: number): Generator<[begin: number, end: number]> {
  for (let at = begin; at < end; at += size) yield [at, Math.min(end, at + size)];
}
