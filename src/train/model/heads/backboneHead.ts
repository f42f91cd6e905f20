import type { Kinds } from '../../../backend.ts';
import { check } from '../../../errors.ts';
import type { BeitConfig } from '../../../model/beit/config/config.ts';
import { alignStages } from '../../../model/beit/config/stages.ts';
import type { PyramidParams } from '../../../model/beit/heads/segmentation/featurePyramid.ts';
import { HiddenTokens } from './hiddenTokens.ts';
import { HiddenMaps } from './segmentation/hiddenMaps.ts';
import { allocMaps, type MapBatch, planesOutput, readPlanes, whole, writePlanes } from './segmentation/mapBatch.ts';
import type { Statistics } from './segmentation/mapContext.ts';
import { type MapLayer, reserveScratch } from './segmentation/mapLayer.ts';
import { maxPooled } from './segmentation/plainLayers.ts';
import { doubled, half, quadrupled } from './segmentation/pyramid.ts';
import type { HeadParts, TrainedClass, TrainHead, TrainOutput } from './trainHead.ts';

const statesOf = (config: BeitConfig) => alignStages(config).outIndices;

/** `BeitBackbone`: hidden states as feature maps `featureMaps.0` …, each with a gradient that the caller gives. */
export const trainedBackbone: TrainedClass = {
  usedBlocks: (config) => Math.max(...statesOf(config)),
  head: (parts) => (parts.body.config.reshapeHiddenStates ? mapsHead(parts) : tokensHead(parts)),
};

const named = <K extends Kinds>(outputs: readonly TrainOutput<K>[]) =>
  Object.fromEntries(outputs.map((output, i) => [`featureMaps.${i}`, output]));

/** What a backbone and what it passes on have in common: no classifier. */
const NO_CLASSIFIER = { features: null, classify: () => {}, classifyBackward: () => {} };

function tokensHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { state, body } = parts;
  const tokens = new HiddenTokens(parts, statesOf(body.config), body.norm);
  return {
    ...NO_CLASSIFIER,
    outputs: named(tokens.outputs),
    pool: (ops) => tokens.forward(ops),
    poolBackward(ops) {
      ops.clear(state.gradient);
      tokens.addTo(ops, state.hiddenStates.length - 1);
    },
    addHidden: (ops, index) => tokens.addTo(ops, index),
  };
}

function mapsHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { backend, state, body } = parts;
  const hidden = new HiddenMaps(parts, statesOf(body.config), body.norm);
  const pyramid = parts.params as PyramidParams | null;
  const stages = hidden.maps.map((maps, i) => rescaled(parts, pyramid, maps, i));
  const layers = stages.flatMap((stage) => stage.layers);
  reserveScratch(backend, layers);
  const outputs = stages.map(({ out }) => planesOutput(backend, out));
  let taken: Statistics = 'batch';
  return {
    ...NO_CLASSIFIER,
    outputs: named(outputs),
    pool(ops, statistics) {
      taken = statistics;
      hidden.forward(ops);
      for (const layer of layers) layer.forward(ops, statistics);
      for (const [i, { out }] of stages.entries()) writePlanes(ops, outputs[i].value, out);
    },
    poolBackward(ops) {
      for (const maps of [...hidden.maps, ...stages.flatMap((stage) => stage.maps)]) ops.clear(maps.gradient);
      for (const [i, { out }] of stages.entries()) readPlanes(ops, out, outputs[i].gradient);
      for (const layer of [...layers].reverse()) layer.backward(ops, taken);
      ops.clear(state.gradient);
      hidden.addTo(ops, state.hiddenStates.length - 1);
    },
    addHidden: (ops, index) => hidden.addTo(ops, index),
  };
}

interface Stage<K extends Kinds> {
  readonly out: MapBatch<K>;
  readonly layers: readonly MapLayer<K>[];
  readonly maps: readonly MapBatch<K>[];
}

/** With a pyramid ×4, ×2, ×1 and ½. */
function rescaled<K extends Kinds>(
  { context, state }: HeadParts<K>,
  p: PyramidParams | null,
  x: MapBatch<K>,
  place: number,
): Stage<K> {
  if (!p || place === 2) return { out: x, layers: [], maps: [] };
  const { grid } = state.body;
  check(Math.min(grid.height, grid.width) >= 2, 'InvalidArgument', () => {
    return `Cannot train a feature pyramid: expected at least 2×2 patches, got ${grid.height}×${grid.width}`;
  });
  if (place === 0) return quadrupled(context, p, x);
  if (place === 1) return doubled(context, p, x);
  const out = allocMaps(context.backend, half(x), context.dim);
  return { out, layers: [maxPooled(whole(out), whole(x))], maps: [out] };
}
