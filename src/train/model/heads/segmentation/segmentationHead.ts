import type { Kinds } from '../../../../backend.ts';
import { check } from '../../../../errors.ts';
import type { BeitConfig } from '../../../../model/beit/config/config.ts';
import { featureStates } from '../../../../model/beit/heads/segmentation/featureConvention.ts';
import type { SegmentationParams } from '../../../../model/beit/heads/segmentation/segmentation.ts';
import type { HeadParts, TrainedClass, TrainHead } from '../trainHead.ts';
import { trainedAuxiliaryHead } from './auxiliaryHead.ts';
import { trainedDecodeHead } from './decodeHead.ts';
import { HiddenMaps } from './hiddenMaps.ts';
import { planesOutput, readPlanes, writePlanes } from './mapBatch.ts';
import type { Statistics } from './mapContext.ts';
import { reserveScratch } from './mapLayer.ts';

const statesOf = (config: BeitConfig) => featureStates(config, 'transformers');

/** `BeitForSemanticSegmentation`: four hidden states, a feature pyramid, UPerNet, and the auxiliary head. */
export const trainedSegmentation: TrainedClass = {
  usedBlocks: (config) => Math.max(...statesOf(config)),
  hasUse: (name) => name !== 'embeddings.mask_token' && !name.startsWith('layernorm.'),
  head: segmentationHead,
};

function segmentationHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { body, state, context, backend } = parts;
  const { pyramid, decodeHead, auxiliaryHead } = parts.params as SegmentationParams;
  const { config } = body;
  const { numLabels, poolScales, auxiliaryChannels } = config;
  const { grid, image } = state.body;
  check(Math.min(grid.height, grid.width) >= 2, 'InvalidArgument', () => {
    return `Cannot train a segmentation: expected at least 2×2 patches, got ${grid.height}×${grid.width}`;
  });
  const hidden = new HiddenMaps(parts, statesOf(config));
  const { maps: features } = hidden;
  const main = trainedDecodeHead({ context, pyramid, head: decodeHead, features, numLabels, poolScales });
  const sizes = { numLabels, auxiliaryChannels };
  const auxiliary = auxiliaryHead && trainedAuxiliaryHead(context, auxiliaryHead, features[2], sizes);
  const heads = auxiliary ? [main, auxiliary] : [main];
  const layers = heads.flatMap((head) => head.layers);
  reserveScratch(backend, layers);
  const outputs = heads.map((head) => planesOutput(backend, head.scores));
  let taken: Statistics = 'batch';
  return {
    outputs: auxiliary ? { logits: outputs[0], auxiliaryLogits: outputs[1] } : { logits: outputs[0] },
    features: null,
    pool(ops, statistics) {
      check(statistics === 'running' || image.images > 1 || !poolScales.includes(1), 'InvalidArgument', () => {
        return 'Cannot train a segmentation with one image: a batch norm over one number; expected two, or frozenBatchNorm';
      });
      taken = statistics;
      hidden.forward(ops);
      for (const layer of layers) layer.forward(ops, statistics);
      for (const [i, head] of heads.entries()) writePlanes(ops, outputs[i].value, head.scores);
    },
    classify: () => {},
    classifyBackward: () => {},
    poolBackward(ops) {
      for (const maps of [...features, ...heads.flatMap((head) => head.maps)]) ops.clear(maps.gradient);
      for (const [i, head] of heads.entries()) readPlanes(ops, head.scores, outputs[i].gradient);
      for (const layer of [...layers].reverse()) layer.backward(ops, taken);
      ops.clear(state.gradient);
      hidden.addTo(ops, state.hiddenStates.length - 1);
    },
    addHidden: (ops, index) => hidden.addTo(ops, index),
  };
}
