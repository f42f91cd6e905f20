import { crossEntropyGradient, distributions } from './losses.ts';

/** How well a classifier does on examples whose classes are known. */
export interface Evaluation {
  /** Mean cross entropy. */
  readonly loss: number;
  /** Share of examples that are right. */
  readonly accuracy: number;
  /** [classes][classes]: examples of class i that were taken for class j. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly ClassFigures[];
}

/** How well one class does. */
export interface ClassFigures {
  readonly name: string;
  /** Examples of the class. */
  readonly examples: number;
  /** Of the examples taken for the class, the share that is; 1 when there are none. */
  readonly precision: number;
  /** Of the examples of the class, the share that is found; 1 when there are none. */
  readonly recall: number;
  /** The harmonic mean of precision and recall. */
  readonly f1: number;
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
  const perClass = classes.map((name, c) => figuresOf(name, confusion, c));
  return { loss, accuracy: right / labels.length, confusion, perClass };
}

function figuresOf(name: string, confusion: readonly (readonly number[])[], c: number): ClassFigures {
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 1);
  const examples = confusion[c].reduce((a, b) => a + b, 0);
  const taken = confusion.reduce((sum, row) => sum + row[c], 0);
  const right = confusion[c][c];
  const [precision, recall] = [share(right, taken), share(right, examples)];
  return { name, examples, precision, recall, f1: share(2 * right, taken + examples) };
}
