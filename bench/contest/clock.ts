/** Set for this process and those that it starts. */
const CLOCK = 'BEIT_BENCH_CLOCK';

/** From here on {@link clock} is the processor time of a process. */
export function useProcessorTime(): void {
  process.env[CLOCK] = 'cpu';
}

/** Milliseconds; on a busy machine those of the processor, which for one thread are what a quiet machine takes. */
export function clock(): number {
  if (process.env[CLOCK] !== 'cpu') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
