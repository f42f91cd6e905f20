import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';

/** The height and width a map is wanted in: that of the picture, as a rule. */
export type TargetSize = readonly [height: number, width: number];

/** Values made for one picture at most: 2 GiB. */
const MOST_VALUES = 2 ** 29;

/** @throws `InvalidArgument` unless there are none, or one for each of `batch` pictures; `what` is segmentation or depth */
export function checkTargetSizes(what: string, targetSizes: readonly TargetSize[] | undefined, batch: number): void {
  check(!targetSizes || targetSizes.length === batch, 'InvalidArgument', () => {
    return `Cannot post-process ${what}: expected ${batch} target sizes, one a picture, got ${targetSizes?.length}`;
  });
}

/** @throws `InvalidArgument` unless it is two whole numbers for at most `MOST_VALUES` of `values` a pixel */
export function checkedSize(what: string, size: TargetSize, values = 1): TargetSize {
  const fits = Array.isArray(size) && size.length === 2 && size.every((side) => Number.isInteger(side) && side > 0);
  check(fits, 'InvalidArgument', () => {
    return `Cannot post-process ${what}: expected [height, width], got ${quoted(size)}`;
  });
  const [height, width] = size;
  check(height * width * values <= MOST_VALUES, 'InvalidArgument', () => {
    return `Cannot post-process ${what}: ${height} × ${width} is too large, at most ${MOST_VALUES} values are made`;
  });
  return size;
}
