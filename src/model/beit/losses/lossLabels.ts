import { check } from '../../../errors.ts';
import type { Tensor } from '../../../tensor.ts';

/** Class indices, or numbers to come near to. */
export type Labels = Tensor<'int64'> | Tensor<'int32'> | Tensor;

/** What transformers' cross entropy passes over unless told otherwise. */
export const IGNORED = -100;

/**
 * Labels as plain numbers.
 *
 * @throws `InvalidArgument` naming the first that is neither `ignored` nor from 0 to `classes` − 1.
 */
export function classIndices(labels: Labels, classes: number, ignored: number): number[] {
  check(labels.type !== 'float32', 'InvalidArgument', () => {
    return `Invalid labels: expected class indices of type int64 or int32, got ${labels.type}`;
  });
  const indices = Array.from(labels.data, Number);
  const at = indices.findIndex((label) => label !== ignored && !(label >= 0 && label < classes));
  check(at < 0, 'InvalidArgument', () => {
    return `Invalid labels: expected 0 to ${classes - 1}, or ${ignored} to ignore, got ${indices[at]} at ${at}`;
  });
  return indices;
}

/** @throws `InvalidArgument` for labels of any other dims. */
export function checkDims(labels: Labels, ...accepted: readonly (readonly number[])[]): void {
  check(
    accepted.some((dims) => `${dims}` === `${labels.dims}`),
    'InvalidArgument',
    () => {
      return `Invalid labels: expected dims ${accepted.map((d) => `[${d}]`).join(' or ')}, got [${labels.dims}]`;
    },
  );
}
