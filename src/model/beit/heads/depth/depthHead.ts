import type { Backend, Kinds } from '../../../../backend.ts';
import type { Grid } from '../../../../interpolate.ts';
import type { ForwardOps } from '../../forward.ts';
import type { Parameters } from '../../params/parameters.ts';
import { conv1x1, conv3x3 } from '../segmentation/convolution.ts';
import { allocBordered, allocMap, type Map2d, scaled } from '../segmentation/featureMaps.ts';
import type { DepthFields } from './depthFields.ts';

type Linear = Kinds['linear'];

/** Three convolutions from the fused map to one number a pixel, with a resize behind the first. */
export interface DepthHeadParams {
  readonly projection: Linear | null; // 3×3
  readonly convs: readonly [Linear, Linear, Linear]; // 3×3, 3×3, 1×1
  /** Behind a sigmoid: times the largest depth. */
  readonly scale: Linear | null; // [1, 1]
}

export function depthHeadParams(p: Parameters<Kinds>, fields: DepthFields): DepthHeadParams {
  const { fusionHiddenSize: c, headHiddenSize: hidden, modelType, maxDepth } = fields;
  const half = Math.floor(c / 2);
  const head = modelType === 'zoedepth' ? 'relative_head' : 'head';
  const names =
    modelType === 'dpt' ? ['head.head.0', 'head.head.2', 'head.head.4'] : [1, 2, 3].map((i) => `${head}.conv${i}`);
  const scale = maxDepth === null || maxDepth === 1 ? null : p.backend.reserveLinear(1, 1, 'f32');
  if (scale) {
    p.onFinish(() => {
      p.backend.putRows(scale, 0, Float32Array.of(maxDepth as number));
      p.backend.putVectors(scale, null, null);
    });
  }
  return {
    projection: fields.addProjection ? conv3x3(p, `${head}.projection`, c, c) : null,
    convs: [conv3x3(p, names[0], half, c), conv3x3(p, names[1], hidden, half), conv1x1(p, names[2], 1, hidden)],
    scale,
  };
}

/** Buffers for one image. */
export interface DepthHeadState {
  readonly projected: Map2d | null; // size of the fused map, bordered
  readonly half: Map2d; // size of the fused map
  readonly large: Map2d; // size of the output, bordered
  readonly hidden: Map2d; // size of the output
  readonly unscaled: Map2d | null; // size of the output, one channel
}

/** `size` of the output: twice that of the fused map, or for Depth Anything that of the patches; `hidden`: where its features go. */
export function depthHeadState(
  backend: Backend<Kinds>,
  fields: DepthFields,
  head: DepthHeadParams,
  fused: Grid,
  size: Grid,
  hidden: Map2d | null = null,
): DepthHeadState {
  const { fusionHiddenSize: c, headHiddenSize } = fields;
  const half = Math.floor(c / 2);
  return {
    projected: head.projection ? allocBordered(backend, fused, c) : null,
    half: allocMap(backend, fused, half),
    large: allocBordered(backend, size, half),
    hidden: hidden ?? allocMap(backend, size, headHiddenSize),
    unscaled: head.scale ? allocMap(backend, size, 1) : null,
  };
}

export function outputSize(fields: DepthFields, fused: Grid, patches: Grid): Grid {
  return fields.modelType === 'depth_anything' ? patches : scaled(fused, 2);
}

/** The fused map, bordered → depth, one channel. */
export function runDepthHead(
  ops: ForwardOps<Kinds>,
  p: DepthHeadParams,
  s: DepthHeadState,
  fused: Map2d,
  depth: Map2d,
  metric: boolean,
): void {
  ops.clearBorder(fused);
  const x = s.projected ?? fused;
  if (s.projected && p.projection) {
    ops.clearBorder(s.projected);
    ops.conv3x3(s.projected, fused, p.projection, 'relu');
  }
  ops.conv3x3(s.half, x, p.convs[0]);
  ops.clearBorder(s.large);
  ops.resizeBilinear(s.large, s.half, 'store', true);
  ops.conv3x3(s.hidden, s.large, p.convs[1], 'relu');
  const last = s.unscaled ?? depth;
  ops.conv1x1(last, s.hidden, p.convs[2], metric ? 'sigmoid' : 'relu');
  if (s.unscaled && p.scale) ops.conv1x1(depth, s.unscaled, p.scale);
}
