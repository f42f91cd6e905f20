import { httpErrorOf } from './httpError.ts';
import type { Entry } from './modelRepository.ts';
import type { NamedTensor } from './namedTensor.ts';
import type { ServedInput, ServedModel } from './servedModel.ts';

/** How one request is run. */
export interface InferenceOptions {
  /** Fires when the client goes away. */
  readonly signal: AbortSignal;
  /** Deadline; unit: milliseconds. */
  readonly timeout?: number | undefined;
}

/** Runs one request on a loaded model and counts it. @throws {@link HttpError} */
export async function inferOn(
  { queue, statistics, model }: Entry & { model: ServedModel },
  input: ServedInput,
  { signal, timeout }: InferenceOptions,
): Promise<readonly NamedTensor[]> {
  const startedAt = performance.now();
  try {
    const { result, times } = await queue.run((both) => model.infer(input, both), signal, timeout);
    statistics.succeeded(result[0].shape[0], times);
    return result;
  } catch (error) {
    const failure = httpErrorOf(error);
    statistics.failed(failure.status, performance.now() - startedAt);
    throw failure;
  }
}
