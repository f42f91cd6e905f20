import type { BeitConfigFields } from '../src/model/beit/config/configFields.ts';

type Sizes = Pick<
  BeitConfigFields,
  'hiddenSize' | 'numHiddenLayers' | 'intermediateSize' | 'patchSize' | 'numChannels'
>;

/** Multiplications of one forward of one square image up to the last block, in 10⁹: what time is held against. */
export function gigaMacs(config: Sizes, size: number): number {
  const { hiddenSize: dim, numHiddenLayers: blocks, intermediateSize: mlp, patchSize, numChannels } = config;
  const patches = Math.floor(size / patchSize) ** 2;
  const tokens = 1 + patches;
  const weights = 4 * dim * dim + 2 * dim * mlp;
  const attention = 2 * tokens * dim; // scores and mixing, for each token
  const embedding = patches * dim * numChannels * patchSize * patchSize;
  return (embedding + blocks * tokens * (weights + attention)) / 1e9;
}
