import { check } from '../../../errors.ts';
import { quoted } from '../../../quoted.ts';
import type { BeitConfigFields } from './configFields.ts';

type StageFields = Pick<BeitConfigFields, 'numHiddenLayers' | 'outFeatures' | 'outIndices'>;

/** "stem", "stage1" … "stageL": stage k is hidden state k. */
export function stageNames(layers: number): string[] {
  return ['stem', ...Array.from({ length: layers }, (_, i) => `stage${i + 1}`)];
}

/**
 * Aligns `outFeatures` and `outIndices` as transformers' backbones do: none given means the last stage, one gives the
 * other, both must agree.
 *
 * @throws `InvalidConfig` for unknown, repeated, unordered or contradicting stages.
 */
export function alignStages(fields: StageFields): { outFeatures: string[]; outIndices: number[] } {
  const names = stageNames(fields.numHiddenLayers);
  const fromIndices = fields.outIndices?.map((i) => stageAt(names, i));
  const fromFeatures = fields.outFeatures?.map((name) => stageCalled(names, name));
  const stages = fromIndices ?? fromFeatures ?? [names.length - 1];
  checkAgreement(fromIndices, fromFeatures);
  checkOrder(stages);
  return { outFeatures: stages.map((i) => names[i]), outIndices: stages };
}

function stageAt(names: string[], index: number): number {
  const at = index < 0 ? names.length + index : index;
  check(at >= 0 && at < names.length, 'InvalidConfig', () => {
    return `Invalid outIndices: expected ${-names.length} to ${names.length - 1}, got ${index}`;
  });
  return at;
}

function stageCalled(names: string[], name: string): number {
  const at = names.indexOf(name);
  check(
    at >= 0,
    'InvalidConfig',
    () => `Invalid outFeatures: expected some of ${names.join(', ')}, got ${quoted(name)}`,
  );
  return at;
}

function checkAgreement(a: number[] | undefined, b: number[] | undefined): void {
  check(!a || !b || `${a}` === `${b}`, 'InvalidConfig', () => {
    return `outIndices and outFeatures do not correspond: got stages [${a}] and [${b}]`;
  });
}

function checkOrder(stages: number[]): void {
  const ascending = stages.length > 0 && stages.every((s, i) => i === 0 || s > stages[i - 1]);
  check(ascending, 'InvalidConfig', () => `Stages must be unique and in order: got [${stages}]`);
}
