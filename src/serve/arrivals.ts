/** When requests came, by `performance.now()`. A deadline counts from there, not from when their body was read. */
const arrivals = new WeakMap<Request, number>();

/** Notes that a request came now, unless that is known. */
export function arrived(request: Request): void {
  if (!arrivals.has(request)) arrivals.set(request, performance.now());
}

/** When a request came; now for one that was not noted. */
export function arrivalOf(request: Request): number {
  return arrivals.get(request) ?? performance.now();
}
