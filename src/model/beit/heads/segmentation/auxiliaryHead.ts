import type { Backend, Kinds } from '../../../../backend.ts';
import { check } from '../../../../errors.ts';
import type { Grid } from '../../../../interpolate.ts';
import type { BeitConfig } from '../../config/config.ts';
import type { ForwardOps } from '../../forward.ts';
import type { Parameters } from '../../params/parameters.ts';
import { conv1x1, convNorm3x3 } from './convolution.ts';
import { allocBordered, allocMap, channels, type Map2d } from './featureMaps.ts';

/** A second, shallow head on the third feature map; only the loss asks for it. */
export interface AuxiliaryParams {
  readonly convs: readonly Kinds['linear'][]; // [auxiliaryChannels, 3·3·dim or 3·3·auxiliaryChannels]
  readonly concat: Kinds['linear'] | null; // [auxiliaryChannels, 3·3·(dim + auxiliaryChannels)]
  readonly classifier: Kinds['linear']; // [numLabels, auxiliaryChannels]
}

export function auxiliaryParams(p: Parameters<Kinds>, config: BeitConfig): AuxiliaryParams {
  const { hiddenSize: dim, auxiliaryChannels: width, auxiliaryNumConvs, numLabels } = config;
  check(auxiliaryNumConvs > 0 || width === dim, 'InvalidConfig', () => {
    return `Invalid config: without auxiliary convolutions auxiliary_channels must be hidden_size ${dim}, got ${width}`;
  });
  return {
    convs: Array.from({ length: auxiliaryNumConvs }, (_, i) =>
      convNorm3x3(p, `auxiliary_head.convs.${i}`, width, i === 0 ? dim : width),
    ),
    concat: config.auxiliaryConcatInput ? convNorm3x3(p, 'auxiliary_head.conv_cat', width, dim + width) : null,
    classifier: conv1x1(p, 'auxiliary_head.classifier', numLabels, width),
  };
}

/** Buffers for one image of an h × w grid. */
export interface AuxiliaryState {
  readonly input: Map2d; // bordered, dim channels
  readonly layers: readonly Map2d[]; // two bordered maps of auxiliaryChannels, used in turns
  readonly concat: Map2d; // bordered, dim + auxiliaryChannels channels
  readonly scores: Map2d; // numLabels channels
}

export function auxiliaryState(backend: Backend<Kinds>, config: BeitConfig, grid: Grid): AuxiliaryState {
  const { hiddenSize: dim, auxiliaryChannels: width, numLabels } = config;
  return {
    input: allocBordered(backend, grid, dim),
    layers: [allocBordered(backend, grid, width), allocBordered(backend, grid, width)],
    concat: allocBordered(backend, grid, dim + width),
    scores: allocMap(backend, grid, numLabels),
  };
}

/** One h×w feature map → `scores`. */
export function computeAuxiliary(
  ops: ForwardOps<Kinds>,
  p: AuxiliaryParams,
  s: AuxiliaryState,
  feature: Map2d,
  { hiddenSize: dim, auxiliaryChannels: width }: BeitConfig,
): void {
  ops.copyMap(s.input, feature);
  for (const map of [s.input, ...s.layers, s.concat]) ops.clearBorder(map);
  let x = s.input;
  for (const [i, w] of p.convs.entries()) {
    ops.conv3x3(s.layers[i % 2], x, w, 'relu');
    x = s.layers[i % 2];
  }
  if (p.concat) {
    const out = s.layers[p.convs.length % 2];
    ops.copyMap(channels(ops, s.concat, 0, dim), s.input);
    ops.copyMap(channels(ops, s.concat, dim, dim + width), x);
    ops.conv3x3(out, s.concat, p.concat, 'relu');
    x = out;
  }
  ops.conv1x1(s.scores, x, p.classifier);
}
