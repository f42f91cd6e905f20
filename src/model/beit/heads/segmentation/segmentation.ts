import type { Backend, Kinds } from '../../../../backend.ts';
import { check } from '../../../../errors.ts';
import type { Architecture, HeadOutputs, Output } from '../../architecture.ts';
import type { BeitConfig } from '../../config/config.ts';
import type { ForwardOps } from '../../forward.ts';
import { type BeitState, patchTokens } from '../../state.ts';
import {
  type AuxiliaryParams,
  type AuxiliaryState,
  auxiliaryParams,
  auxiliaryState,
  computeAuxiliary,
} from './auxiliaryHead.ts';
import {
  type DecodeHeadParams,
  type DecodeHeadState,
  decodeHeadParams,
  decodeHeadState,
  runDecodeHead,
} from './decodeHead.ts';
import { type FeatureConvention, featureStates } from './featureConvention.ts';
import { type Map2d, mapIn } from './featureMaps.ts';
import { type PyramidParams, pyramidParams } from './featurePyramid.ts';

/** The weights of the head. */
export interface SegmentationParams {
  readonly pyramid: PyramidParams;
  readonly decodeHead: DecodeHeadParams;
  readonly auxiliaryHead: AuxiliaryParams | null;
}

interface SegmentationState {
  readonly features: readonly Kinds['tensor'][]; // 4 × [B·N, dim]
  readonly decodeHead: DecodeHeadState;
  readonly auxiliaryHead: AuxiliaryState | null;
  readonly logits: Kinds['tensor']; // [B·numLabels, 4h·4w]
  readonly auxiliaryLogits: Kinds['tensor'] | null; // [B·numLabels, h·w]
}

/** `BeitForSemanticSegmentation`: four hidden states, a feature pyramid, UPerNet. The head runs image by image. */
export function segmentationArchitecture(
  given?: FeatureConvention,
): Architecture<SegmentationParams, SegmentationState> {
  const convention = given ?? 'transformers';
  return {
    name: 'BeitForSemanticSegmentation',
    variant: given,
    hasPrefix: true,
    parts: (config) => {
      featureStates(config, convention);
      checkLabels(config);
      return { pooler: false, finalNorm: true };
    },
    params: (p, config) => ({
      pyramid: pyramidParams(p, config.hiddenSize),
      decodeHead: decodeHeadParams(p, config),
      auxiliaryHead: config.useAuxiliaryHead ? auxiliaryParams(p, config) : null,
    }),
    state: (backend, { body, head }, s) => segmentationState(backend, body.config, head, s),
    collect(ops, index, { body }, s, { features }) {
      for (const [j, state] of featureStates(body.config, convention).entries()) {
        if (state === index) copyPatches(ops, features[j], s);
      }
    },
    finish(ops, { body, head }, s, state, withLoss) {
      const auxiliary = withLoss ? head.auxiliaryHead : null;
      for (let b = 0; b < s.image.images; b++) {
        const maps = state.features.map((t) => imageMap(ops, t, b, s));
        runDecodeHead(ops, head.pyramid, head.decodeHead, state.decodeHead, maps, body.config.hiddenSize);
        scoresOf(ops, state.logits, b, state.decodeHead.scores, body.config);
        if (!auxiliary || !state.auxiliaryHead) continue;
        computeAuxiliary(ops, auxiliary, state.auxiliaryHead, maps[2], body.config);
        scoresOf(ops, state.auxiliaryLogits, b, state.auxiliaryHead.scores, body.config);
      }
      return outputsOf(body.config, s, state, auxiliary !== null);
    },
  };
}

function checkLabels({ numLabels }: BeitConfig): void {
  check(numLabels > 0, 'InvalidConfig', 'Invalid config: a segmentation needs at least one label, got num_labels 0');
}

function segmentationState(
  backend: Backend<Kinds>,
  config: BeitConfig,
  { auxiliaryHead }: SegmentationParams,
  s: BeitState<Kinds>,
): SegmentationState {
  const { hiddenSize: dim, numLabels } = config;
  const { images } = s.image;
  const { grid } = s;
  const patches = grid.height * grid.width;
  check(Math.min(grid.height, grid.width) >= 2, 'InvalidArgument', () => {
    return `Invalid pixelValues: a segmentation needs at least 2×2 patches, got ${grid.height}×${grid.width}`;
  });
  return {
    features: [0, 1, 2, 3].map(() => backend.alloc(images * patches, dim)),
    decodeHead: decodeHeadState(backend, config, grid),
    auxiliaryHead: auxiliaryHead && auxiliaryState(backend, config, grid),
    logits: backend.alloc(images * numLabels, 16 * patches),
    auxiliaryLogits: auxiliaryHead && backend.alloc(images * numLabels, patches),
  };
}

/** The patch tokens of every image, without the prefix tokens. */
function copyPatches(ops: ForwardOps<Kinds>, out: Kinds['tensor'], s: BeitState<Kinds>): void {
  const patches = s.tokens - s.prefixTokens;
  for (let b = 0; b < s.image.images; b++) {
    ops.copy(ops.rows(out, b * patches, (b + 1) * patches), patchTokens(ops, s.x, s, b));
  }
}

function imageMap(ops: ForwardOps<Kinds>, t: Kinds['tensor'], b: number, { grid }: BeitState<Kinds>): Map2d {
  const patches = grid.height * grid.width;
  return mapIn(ops.rows(t, b * patches, (b + 1) * patches), grid);
}

function scoresOf(ops: ForwardOps<Kinds>, out: Kinds['tensor'], b: number, scores: Map2d, config: BeitConfig): void {
  ops.channelsFirst(ops.rows(out, b * config.numLabels, (b + 1) * config.numLabels), scores);
}

function outputsOf(
  { numLabels }: BeitConfig,
  { image: { images }, grid }: BeitState<Kinds>,
  { logits, auxiliaryLogits }: SegmentationState,
  withAuxiliary: boolean,
): HeadOutputs<Output<Kinds>> {
  const main = { tensor: logits, dims: [images, numLabels, 4 * grid.height, 4 * grid.width] };
  const auxiliary = { tensor: auxiliaryLogits, dims: [images, numLabels, grid.height, grid.width] };
  return withAuxiliary ? { logits: main, auxiliaryLogits: auxiliary } : { logits: main };
}
