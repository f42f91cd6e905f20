import { heldOutSplit, type LabeledExamples, type TrainExample } from '../data/examples.ts';

/** An example with the number of its class. */
export interface KnownExample {
  readonly example: TrainExample;
  readonly label: number;
}

/** What a classifier is trained on, and what it is evaluated on. */
export interface RunExamples {
  readonly train: readonly KnownExample[];
  readonly heldOut: readonly KnownExample[];
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
}

/** Holds out a share of each class, or takes `others` to evaluate on. */
export function runExamples(
  labeled: LabeledExamples,
  others: LabeledExamples | null,
  { validation, seed }: { readonly validation: unknown; readonly seed: number },
): RunExamples {
  const { classes } = labeled;
  const all = known(labeled);
  const share = typeof validation === 'number' ? validation : 0;
  const split = heldOutSplit(labeled.labels, classes.length, share, seed);
  const train = split.train.map((i) => all[i]);
  return { train, heldOut: others ? known(others) : split.heldOut.map((i) => all[i]), classes };
}

function known({ examples, labels }: LabeledExamples): KnownExample[] {
  return examples.map((example, i) => ({ example, label: labels[i] }));
}
