import type { Architecture } from '../model/beit/architecture.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import { quoted } from '../quoted.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';

/** The classifier of a segmentation head, as mmsegmentation calls it, in which unilm trains. */
const OF_MMSEGMENTATION = /(?:^|\.)decode_head\.conv_seg\.weight$/;

/**
 * A segmentation whose `featureConvention` was not given: the names of the weights tell in which toolkit they were trained, and
 * with it which hidden states they were trained on. Tells `onWarning` where that is not what transformers does.
 */
export async function toldArchitecture(
  architecture: Architecture,
  { file, tensors }: Checkpoint,
  onWarning: ((message: string) => void) | undefined,
): Promise<Architecture> {
  if (architecture.variant !== undefined) return architecture;
  const name = [...tensors.keys()].find((each) => OF_MMSEGMENTATION.test(each));
  if (name === undefined) return architecture;
  onWarning?.(
    `${quoted(name)} in "${file}" is a name of mmsegmentation: out_indices count the outputs of blocks from 0, as unilm trains; the option featureConvention says otherwise`,
  );
  return architectureNamed(architecture.name, 'unilm');
}
