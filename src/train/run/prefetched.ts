/** The results of `start` for every item, in order; up to `ahead` of them are started before they are asked for. */
export async function* prefetched<T, R>(
  items: Iterable<T>,
  start: (item: T) => Promise<R>,
  ahead: number,
): AsyncGenerator<R, void> {
  const begun: Promise<R>[] = [];
  for (const item of items) {
    const result = start(item);
    // a result that fails before its turn must not end the process; it still rejects when it is awaited
    result.catch(() => {});
    begun.push(result);
    if (begun.length > ahead) yield await begun.shift()!;
  }
  for (const result of begun) yield await result;
}
