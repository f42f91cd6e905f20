import { check } from '../../../../errors.ts';
import { quoted } from '../../../../quoted.ts';
import type { BeitConfig } from '../../config/config.ts';
import { stageNames } from '../../config/stages.ts';

/**
 * Which hidden states a segmentation takes for `outIndices`; hidden state 0 are the embeddings, k the output of block k.
 *
 * - `transformers`: index i takes hidden state i − 1. What BeitForSemanticSegmentation does, and what the published
 *   checkpoints' asserted logits come from; [3, 5, 7, 11] are the outputs of blocks 2, 4, 6 and 10.
 * - `unilm`: index i takes the output of block i counted from 0, hidden state i + 1; the authors' training code.
 * - `backbone`: index i takes hidden state i, stage i, as BeitBackbone does.
 */
export type FeatureConvention = 'transformers' | 'unilm' | 'backbone';

const OFFSETS: Readonly<Record<FeatureConvention, number>> = { transformers: -1, unilm: 1, backbone: 0 };

/** What transformers' class had as its default when the published checkpoints were saved, for 12 blocks. */
const BASE_INDICES = [3, 5, 7, 11];

/**
 * The four hidden states in the order of `outIndices`, which may count from the end.
 *
 * @throws `InvalidConfig` unless there are four and all exist.
 */
export function featureStates(config: BeitConfig, convention: FeatureConvention): number[] {
  const offset = OFFSETS[convention];
  check(offset !== undefined, 'InvalidArgument', () => {
    return `Invalid featureConvention: expected ${Object.keys(OFFSETS).join(', ')}, got ${quoted(convention)}`;
  });
  const layers = config.numHiddenLayers;
  const indices = outIndices(config);
  // a negative index counts back from what is numbered: the blocks, or the embeddings and the blocks
  const count = convention === 'unilm' ? layers : layers + 1;
  const states = indices.map((i) => (i < 0 ? count + i : i) + offset);
  const at = states.findIndex((state) => state < 0 || state > layers);
  check(at < 0, 'InvalidConfig', () => {
    const range = `${Math.max(0, -offset)} to ${layers - Math.max(0, offset)}`;
    return `Invalid out_indices: expected ${range} with the ${convention} convention, got ${indices[at]}`;
  });
  return states;
}

function outIndices(config: BeitConfig): readonly number[] {
  const { outIndices, outFeatures, numHiddenLayers: layers } = config;
  const named = outFeatures?.map((name) => stageNames(layers).indexOf(name));
  const indices = outIndices ?? named ?? (layers === 12 ? BASE_INDICES : []);
  check(indices.length === 4, 'InvalidConfig', () => {
    const found = outIndices ?? outFeatures;
    return `BeitForSemanticSegmentation requires outIndices to be a list of 4 integers, specifying which features to use; one can use [3, 5, 7, 11] for a base-sized architecture: got ${quoted(found)}`;
  });
  return indices;
}
