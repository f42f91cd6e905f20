import type { Backend, Kinds } from '../../../backend.ts';
import { check } from '../../../errors.ts';
import type { Grid } from '../../../interpolate.ts';
import type { Architecture, ModelParts } from '../architecture.ts';
import type { BeitConfig } from '../config/config.ts';
import { alignStages } from '../config/stages.ts';
import type { ForwardOps } from '../forward.ts';
import { type BeitState, patchTokens } from '../state.ts';
import { allocMap, type Map2d, mapIn, scaled } from './segmentation/featureMaps.ts';
import { double, type PyramidParams, pyramidParams, quadruple } from './segmentation/featurePyramid.ts';

interface BackboneState {
  /** [B·dim, h·w] a stage, of its own h and w; or [B·T, dim] when hidden states stay as they are. */
  readonly outputs: readonly Kinds['tensor'][];
  readonly pyramid: PyramidState | null;
}

/** Buffers for one image. */
interface PyramidState {
  readonly middle: Map2d; // 2h×2w, on the way to 4h×4w
  readonly scales: readonly (Map2d | null)[]; // 4h×4w, 2h×2w, none for the feature itself, ½h×½w
}

/** `BeitBackbone`: hidden states as feature maps, without a final norm or a pooler. */
export const backboneArchitecture: Architecture<PyramidParams | null, BackboneState> = {
  name: 'BeitBackbone',
  hasPrefix: false,
  parts(config) {
    checkPyramid(config, alignStages(config).outIndices);
    return { pooler: false, finalNorm: config.applyLayernorm };
  },
  params: (p, config) => (config.addFpn ? pyramidParams(p, config.hiddenSize) : null),
  state: (backend, { body, head }, s) => backboneState(backend, body.config, head !== null, s),
  collect(ops, index, model, s, state) {
    const { config } = model.body;
    const place = alignStages(config).outIndices.indexOf(index);
    if (place < 0) return;
    const { norm } = model.body;
    if (norm) ops.layerNorm(s.y, s.x, norm); // what was in y has been used up
    const hidden = norm ? s.y : s.x;
    if (!config.reshapeHiddenStates) ops.copy(state.outputs[place], hidden);
    else for (let b = 0; b < s.image.images; b++) writeMap(ops, model, s, state, place, b, hidden);
  },
  finish(_ops, { body }, s, state) {
    const { reshapeHiddenStates, hiddenSize: dim } = body.config;
    const { images } = s.image;
    const dimsOf = (place: number) => {
      if (!reshapeHiddenStates) return [images, s.tokens, dim];
      const { height, width } = gridAt(s.grid, state.pyramid !== null, place);
      return [images, dim, height, width];
    };
    return { featureMaps: state.outputs.map((tensor, i) => ({ tensor, dims: dimsOf(i) })) };
  },
};

function checkPyramid({ addFpn, reshapeHiddenStates }: BeitConfig, stages: readonly number[]): void {
  check(!addFpn || stages.length === 4, 'InvalidConfig', () => {
    return `BeitBackbone requires outIndices to be a list of 4 integers when addFpn is true, got [${stages}]`;
  });
  check(!addFpn || reshapeHiddenStates, 'InvalidConfig', 'Invalid config: add_fpn needs reshape_hidden_states');
}

/** The grid of the output at `place`: with a pyramid ×4, ×2, ×1 and ½. */
function gridAt(grid: Grid, pyramid: boolean, place: number): Grid {
  if (!pyramid) return grid;
  if (place < 3) return scaled(grid, [4, 2, 1][place]);
  return { height: Math.floor(grid.height / 2), width: Math.floor(grid.width / 2) };
}

function backboneState(
  backend: Backend<Kinds>,
  config: BeitConfig,
  pyramid: boolean,
  s: BeitState<Kinds>,
): BackboneState {
  const { hiddenSize: dim, reshapeHiddenStates } = config;
  const { images } = s.image;
  check(!pyramid || Math.min(s.grid.height, s.grid.width) >= 2, 'InvalidArgument', () => {
    return `Invalid pixelValues: a feature pyramid needs at least 2×2 patches, got ${s.grid.height}×${s.grid.width}`;
  });
  const outputs = alignStages(config).outIndices.map((_, place) => {
    const { height, width } = gridAt(s.grid, pyramid, place);
    return reshapeHiddenStates ? backend.alloc(images * dim, height * width) : backend.alloc(images * s.tokens, dim);
  });
  return { outputs, pyramid: pyramid ? pyramidState(backend, s.grid, dim) : null };
}

function pyramidState(backend: Backend<Kinds>, grid: Grid, dim: number): PyramidState {
  const middle = allocMap(backend, scaled(grid, 2), dim);
  const scales = [0, 1, 2, 3].map((place) => (place === 2 ? null : allocMap(backend, gridAt(grid, true, place), dim)));
  return { middle, scales };
}

/** Image b of `hidden` [B·T, dim] → its feature map, channels first. */
function writeMap(
  ops: ForwardOps<Kinds>,
  { body, head }: ModelParts<Kinds, PyramidParams | null>,
  s: BeitState<Kinds>,
  { outputs, pyramid }: BackboneState,
  place: number,
  b: number,
  hidden: Kinds['tensor'],
): void {
  const { hiddenSize: dim } = body.config;
  const feature = mapIn(patchTokens(ops, hidden, s, b), s.grid);
  const map = head && pyramid ? rescale(ops, head, pyramid, place, feature) : feature;
  ops.channelsFirst(ops.rows(outputs[place], b * dim, (b + 1) * dim), map);
}

function rescale(ops: ForwardOps<Kinds>, p: PyramidParams, s: PyramidState, place: number, feature: Map2d): Map2d {
  const out = s.scales[place];
  if (!out) return feature;
  if (place === 0) quadruple(ops, p, out, s.middle, feature);
  else if (place === 1) double(ops, p, out, feature);
  else ops.maxPool(out, feature);
  return out;
}
