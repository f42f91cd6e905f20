import { BeitError, check } from '../../errors.ts';
import type { Picture } from '../../image/picture.ts';
import { quoted } from '../../quoted.ts';
import { RandomStream } from '../../randomStream.ts';

/** A picture to learn from. */
export interface TrainPicture {
  /** A file's bytes, a `Blob`, pixels, or a function that gets one of these when it is needed. */
  readonly image: Picture | (() => Picture | Promise<Picture>);
  /** For messages; such as the name of the file. */
  readonly name?: string | undefined;
}

/** A picture and what it shows. */
export interface TrainExample extends TrainPicture {
  /** The name of its class, or the number of it. */
  readonly label: string | number;
}

/** Examples: a list, or anything that gives them one after the other. */
export type TrainData = Iterable<TrainExample> | AsyncIterable<TrainExample>;

/** Examples with their classes as numbers. */
export interface LabeledExamples {
  readonly examples: readonly TrainExample[];
  /** [examples] */
  readonly labels: Int32Array;
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
}

/**
 * Reads all examples and numbers their classes: in alphabetical order, or as `classes` lists them.
 *
 * @throws `InvalidArgument` without examples, with one class alone, for a class without examples (unless `each` is false)
 * and for a label that is not a class
 */
export async function labeledExamples(
  data: TrainData,
  classes?: readonly string[],
  each = true,
): Promise<LabeledExamples> {
  const examples = await listOf(data, checkedExample);
  const names = classes ?? namesOf(examples);
  const numbers = new Map(names.map((name, i) => [name, i]));
  const labels = Int32Array.from(examples, (example, i) => numberOf(example, i, names, numbers));
  const empty = each ? names.filter((_, i) => !labels.includes(i)) : [];
  check(names.length > 1, 'InvalidArgument', () => {
    return `Cannot train a classifier: expected at least two classes, got one, ${quoted(names[0])}`;
  });
  check(empty.length === 0, 'InvalidArgument', () => {
    return `Cannot train a classifier: expected examples of every class, got none of ${empty.map((n) => quoted(n)).join(', ')}`;
  });
  return { examples, labels, classes: names };
}

/** Reads all pictures of a list or an async iterable. @throws `InvalidArgument` */
export function listedPictures(data: Iterable<TrainPicture> | AsyncIterable<TrainPicture>): Promise<TrainPicture[]> {
  return listOf(data, (picture, index) => {
    const { image } = Object(picture) as Partial<TrainPicture>;
    check(image !== undefined && image !== null, 'InvalidArgument', () => {
      return `Invalid picture ${index}: expected { image }, got ${quoted(picture)}`;
    });
    return picture;
  });
}

async function listOf<T>(data: Iterable<T> | AsyncIterable<T>, checked: (item: T, index: number) => T): Promise<T[]> {
  const iterable =
    typeof data === 'object' && data !== null && (Symbol.iterator in data || Symbol.asyncIterator in data);
  check(iterable, 'InvalidArgument', () => `Invalid data: expected a list or an async iterable, got ${quoted(data)}`);
  const list: T[] = [];
  for await (const item of data) list.push(checked(item, list.length));
  check(list.length > 0, 'InvalidArgument', 'Cannot train: expected examples, got none');
  return list;
}

function checkedExample(example: TrainExample, index: number): TrainExample {
  const { image, label } = Object(example) as Partial<TrainExample>;
  const labeled = typeof label === 'string' || (typeof label === 'number' && Number.isInteger(label) && label >= 0);
  check(labeled && image !== undefined && image !== null, 'InvalidArgument', () => {
    return `Invalid example ${index}: expected an image and a label (a name, or a number from 0), got ${quoted(example)}`;
  });
  return example;
}

/** Numbers are classes from 0 to the largest. */
function namesOf(examples: readonly TrainExample[]): string[] {
  const labels = examples.map(({ label }) => label);
  if (labels.every((label) => typeof label === 'number')) {
    const most = labels.reduce((a, b) => Math.max(a, b), 0);
    return Array.from({ length: most + 1 }, (_, i) => `LABEL_${i}`);
  }
  return [...new Set(labels.map(String))].sort((a, b) => (a < b ? -1 : 1));
}

function numberOf(
  { label, name }: TrainExample,
  index: number,
  names: readonly string[],
  numbers: ReadonlyMap<string, number>,
): number {
  const number = typeof label === 'number' ? label : numbers.get(label);
  if (number !== undefined && number < names.length) return number;
  const what = name === undefined ? `example ${index}` : quoted(name);
  throw new BeitError(
    'InvalidArgument',
    `Invalid label of ${what}: expected one of ${names.length} classes, got ${quoted(label)}`,
  );
}

/** Two lists of indices, in order: those to train on, and those that are held out, a share of each class. */
export function heldOutSplit(
  labels: Int32Array,
  classes: number,
  share: number,
  seed: number,
): { readonly train: number[]; readonly heldOut: number[] } {
  const heldOut: number[] = [];
  for (let c = 0; c < classes; c++) {
    const own = Array.from(labels.keys()).filter((i) => labels[i] === c);
    // a class of one example is trained on
    const count = Math.min(own.length - 1, Math.round(own.length * share));
    heldOut.push(...new RandomStream(seed, c, PURPOSE_SPLIT).shuffled(own).slice(0, count));
  }
  const out = new Set(heldOut);
  return { train: Array.from(labels.keys()).filter((i) => !out.has(i)), heldOut: heldOut.sort((a, b) => a - b) };
}

/** Of streams of random numbers: which examples are held out. Others are in `fineTune.ts`. */
const PURPOSE_SPLIT = 1_000_001;
