import { crossEntropyGradient, distributions } from './losses.ts';

/** How well a classifier does on examples whose classes are known. */
export interface Evaluation {
  /** Mean cross entropy. */
  readonly loss: number;
  /** Share of examples that are right. */
  readonly accuracy: number;
  /** [classes][classes]: examples of class i that were taken for class j. */
  readonly confusion: readonly (readonly number[])[];
  /** For each class: of those taken for it, the share that is (1 when there are none); of those that are, the share found. */
  readonly perClass: readonly { readonly name: string; readonly precision: number; readonly recall: number }[];
}

/** @param logits [examples, classes] */
export function evaluateLogits(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: readonly string[],
): Evaluation {
  const count = classes.length;
  const confusion = classes.map(() => new Array<number>(count).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * count, (i + 1) * count);
    confusion[labels[i]][row.indexOf(row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY))]++;
  }
  const right = confusion.reduce((sum, row, i) => sum + row[i], 0);
  const { loss } = crossEntropyGradient(logits, count, distributions(labels, count));
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 1);
  const perClass = classes.map((name, c) => ({
    name,
    precision: share(
      confusion[c][c],
      confusion.reduce((sum, row) => sum + row[c], 0),
    ),
    recall: share(
      confusion[c][c],
      confusion[c].reduce((a, b) => a + b, 0),
    ),
  }));
  return { loss, accuracy: right / labels.length, confusion, perClass };
}
