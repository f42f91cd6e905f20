/** A count and the time it took together; unit: nanoseconds, as the statistics extension has it. */
export interface Duration {
  count: number;
  ns: number;
}

const none = (): Duration => ({ count: 0, ns: 0 });

function add(total: Duration, milliseconds: number): void {
  total.count++;
  total.ns += Math.round(milliseconds * 1e6);
}

/** Why a request was not answered, under Triton's names. */
export type FailureReason = 'REJECTED' | 'CANCELED' | 'BACKEND' | 'OTHER';

/** What one model did since the server started. */
export class ModelStatistics {
  /** Unit: milliseconds since 1970; 0 before the first pass. */
  lastInference = 0;
  /** Pictures. */
  inferences = 0;
  /** Passes. */
  executions = 0;
  readonly success = none();
  readonly failure = none();
  readonly queue = none();
  readonly compute = none();
  readonly failures: Record<FailureReason, number> = { REJECTED: 0, CANCELED: 0, BACKEND: 0, OTHER: 0 };

  /** Times in milliseconds. */
  succeeded(pictures: number, times: { readonly queued: number; readonly computed: number }): void {
    this.lastInference = Date.now();
    this.inferences += pictures;
    this.executions++;
    add(this.success, times.queued + times.computed);
    add(this.queue, times.queued);
    add(this.compute, times.computed);
  }

  /** Time in milliseconds. */
  failed(status: number, took: number): void {
    const reason = status === 429 ? 'REJECTED' : status === 499 || status === 504 ? 'CANCELED' : 'OTHER';
    this.failures[status >= 500 && status !== 504 ? 'BACKEND' : reason]++;
    add(this.failure, took);
  }
}
