import { httpErrorOf } from './httpError.ts';
import { type LoadedEntry, type ModelRepository, readyEntry } from './modelRepository.ts';
import type { NamedTensor } from './namedTensor.ts';
import type { ServedInput } from './servedModel.ts';

/** How one request is run. */
export interface InferenceOptions {
  /** Fires when the client goes away. */
  readonly signal: AbortSignal;
  /** Deadline; unit: milliseconds. */
  readonly timeout?: number | undefined;
  /** When the request came, from where the deadline counts. */
  readonly arrival: number;
}

/** Runs one request on a loaded model and counts it. @throws {@link HttpError} */
export async function inferOn(
  repository: ModelRepository,
  entry: LoadedEntry,
  input: ServedInput,
  { signal, timeout, arrival }: InferenceOptions,
): Promise<readonly NamedTensor[]> {
  const { queue, statistics } = entry;
  const startedAt = performance.now();
  try {
    await repository.reserve(entry, input);
    const { model } = readyEntry(entry); // it may have been unloaded meanwhile; from here on the queue keeps it
    const { result, times } = await queue.run((both) => model.infer(input, both), signal, { timeout, arrival });
    statistics.succeeded(result.outputs[0].shape[0], { ...times, ...result.times });
    return result.outputs;
  } catch (error) {
    const failure = httpErrorOf(error);
    statistics.failed(failure.status, performance.now() - startedAt);
    throw failure;
  }
}
