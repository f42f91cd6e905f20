import type { Kinds } from '../../backend.ts';
import { check } from '../../errors.ts';
import type { Parameters } from '../../model/beit/params/parameters.ts';
import { quoted } from '../../quoted.ts';
import type { Checkpoint } from '../../weights/checkpoint.ts';
import { type DvaeSizes, GROUPS } from './groups.ts';

/** FLAVA's names and those of a codebook inside of a whole FLAVA → the names of this library. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^(?:flava\.)?image_codebook\./, ''],
  [/\bgroup_(\d+)\.group\./, 'group_$1.'],
  [/\bres_path\.path\./, 'res_path.'],
  [/\.w$/, '.weight'],
  [/\.b$/, '.bias'],
];

/** Tensors of a dVAE by the names of this library; those of other models in the same file are left out. */
export function dvaeNames({ tensors }: Checkpoint): Map<string, string> {
  const renamed = [...tensors.keys()].map((name) => {
    return [RULES.reduce((text, [from, to]) => text.replace(from, to), name), name] as const;
  });
  return new Map(renamed.filter(([name]) => name.startsWith('blocks.')));
}

/** Sizes of an encoder, or of a decoder with `decoder`. @throws `CheckpointMismatch` when the tensors are not those of one */
export function dvaeSizes(checkpoint: Checkpoint, names: ReadonlyMap<string, string>, decoder: boolean): DvaeSizes {
  const shape = (name: string): readonly number[] => {
    const file = names.get(`${name}.weight`);
    const found = file === undefined ? undefined : checkpoint.tensors.get(file)?.shape;
    check(found?.length === 4, 'CheckpointMismatch', () => {
      return `Cannot load the ${decoder ? 'decoder' : 'encoder'} from "${checkpoint.file}": expected "${name}.weight" with 4 axes, found ${found ? `[${found}]` : 'none'}`;
    });
    return found;
  };
  const [first, seen] = shape('blocks.input');
  const [output] = shape('blocks.output.conv');
  const widths = Array.from({ length: GROUPS }, (_, g) => shape(`blocks.group_${g + 1}.block_1.res_path.conv_4`)[0]);
  const odd = widths.find((width) => width % 4 !== 0 || width === 0);
  check(odd === undefined && (decoder ? output === 6 : seen === 3), 'CheckpointMismatch', () => {
    const channels = decoder ? `an output of ${output}` : `an input of ${seen}`;
    return `Cannot load "${checkpoint.file}": expected groups of a multiple of 4 channels and RGB, got groups of ${widths.join(', ')} and ${channels} channels`;
  });
  const blocks = [...names.keys()].flatMap((name) => /^blocks\.group_1\.block_(\d+)\./.exec(name)?.[1] ?? []);
  return {
    first,
    widths,
    channels: decoder ? output / 2 : seen,
    vocabSize: decoder ? seen : output,
    blocksPerGroup: new Set(blocks).size,
  };
}

/** Streams the tensors to their places. @throws `CheckpointMismatch` for tensors of other shapes, or when some are missing */
export async function fillDvae(
  checkpoint: Checkpoint,
  names: ReadonlyMap<string, string>,
  parameters: Parameters<Kinds>,
  signal?: AbortSignal,
): Promise<void> {
  const slots = new Map<string, string>();
  for (const [name, { shape }] of parameters.slots) {
    const file = names.get(name);
    const found = file === undefined ? 'none' : `[${checkpoint.tensors.get(file)!.shape}]`;
    check(file !== undefined && found === `[${shape}]`, 'CheckpointMismatch', () => {
      return `Cannot load "${checkpoint.file}": expected ${quoted(name)} [${shape}], found ${found}`;
    });
    slots.set(file, name);
  }
  await checkpoint.visit((name) => parameters.slots.get(slots.get(name) ?? '') ?? null, { signal });
  parameters.finish();
}
