import { softmax as softmaxOf } from '../math.ts';

/**
 * Scores that sum to 1, computed in f64 with an exponential that is the same in every runtime.
 *
 * @param logits a list or an array of floats
 * @returns as many scores, in the form of the logits
 * @example
 * softmax([0, 0]); // [0.5, 0.5]
 */
export function softmax<A extends number[] | Float32Array | Float64Array>(logits: A): A {
  const scores = softmaxOf(logits);
  const List = logits.constructor as unknown as { from(values: Iterable<number>): A };
  return List.from(scores);
}
