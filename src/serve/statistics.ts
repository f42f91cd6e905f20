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

/** What the parts of a request took; unit: milliseconds. */
export interface ComputeTimes {
  readonly input: number;
  readonly infer: number;
  readonly output: number;
}

interface RequestTimes extends ComputeTimes {
  readonly queued: number;
  readonly computed: number;
}

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
  /** Decoding and resizing. */
  readonly computeInput = none();
  readonly computeInfer = none();
  /** What a head makes of the pass: scores, unit vectors, maps. */
  readonly computeOutput = none();
  readonly failures: Record<FailureReason, number> = { REJECTED: 0, CANCELED: 0, BACKEND: 0, OTHER: 0 };

  /** Times in milliseconds. */
  succeeded(pictures: number, times: RequestTimes): void {
    this.lastInference = Date.now();
    this.inferences += pictures;
    this.executions++;
    add(this.success, times.queued + times.computed);
    add(this.queue, times.queued);
    add(this.computeInput, times.input);
    add(this.computeInfer, times.infer);
    add(this.computeOutput, times.output);
  }

  /** Time in milliseconds. */
  failed(status: number, took: number): void {
    const reason = status === 429 ? 'REJECTED' : status === 499 || status === 504 ? 'CANCELED' : 'OTHER';
    this.failures[status >= 500 && status !== 504 ? 'BACKEND' : reason]++;
    add(this.failure, took);
  }
}
