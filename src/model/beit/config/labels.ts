import { check } from '../../../errors.ts';
import { quoted } from '../../../quoted.ts';

/** Class labels by index, as `id2label` has them. */
export type Id2Label = Readonly<Record<number, string>>;

/** Far beyond any model, and near enough to be rejected before names are made up. */
const MAX_LABELS = 100_000;

/** LABEL_0 … LABEL_{count−1}, what transformers makes up when no names are given. @throws `InvalidConfig` */
export function defaultLabels(count: number): Id2Label {
  check(Number.isInteger(count) && count >= 0 && count <= MAX_LABELS, 'InvalidConfig', () => {
    return `Invalid config: num_labels must be an integer from 0 to ${MAX_LABELS}, got ${quoted(count)}`;
  });
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [i, `LABEL_${i}`]));
}

/** Reads the `id2label` of a hub config: string keys that must be whole numbers. */
export function readLabels(json: unknown): Id2Label {
  check(json !== null && typeof json === 'object', 'InvalidConfig', () => {
    return `Invalid config: id2label must be an object, got ${quoted(json)}`;
  });
  const entries = Object.entries(json);
  check(entries.length <= MAX_LABELS, 'InvalidConfig', () => {
    return `Invalid config: id2label must have at most ${MAX_LABELS} labels, got ${entries.length}`;
  });
  return Object.fromEntries(entries.map(([key, label]) => [labelKey(key), labelText(label)]));
}

function labelText(label: unknown): string {
  const plain = label === null || ['string', 'number', 'boolean'].includes(typeof label);
  check(plain, 'InvalidConfig', () => `Invalid config: id2label has the label ${quoted(label)}`);
  return `${label}`;
}

function labelKey(key: string): number {
  check(/^\d{1,9}$/.test(key), 'InvalidConfig', () => `Invalid config: id2label has the key ${quoted(key)}`);
  return Number(key);
}

/**
 * The label of every logit, in order. The 22k checkpoints were saved with two classes deleted and the keys not
 * renumbered, so `id2label[index]` is off by one or two behind the gaps; the i-th key in order is the right one.
 */
export function labelsByLogit(id2label: Id2Label): { readonly id: number; readonly label: string }[] {
  return Object.entries(id2label)
    .map(([id, label]) => ({ id: Number(id), label }))
    .sort((a, b) => a.id - b.id);
}
