import type { Backend, Kinds } from '../../../../backend.ts';
import type { Grid } from '../../../../interpolate.ts';
import type { BeitConfig } from '../../config/config.ts';
import type { ForwardOps } from '../../forward.ts';
import type { Parameters } from '../../params/parameters.ts';
import { conv1x1, convNorm1x1, convNorm3x3 } from './convolution.ts';
import { allocBordered, allocMap, channels, type Map2d, mapIn, scaled } from './featureMaps.ts';
import { double, type PyramidParams, quadruple } from './featurePyramid.ts';

/** UPerNet (arXiv 1807.10221): pyramid pooling on the coarsest map, a top-down path, all scales fused. */
export interface DecodeHeadParams {
  readonly pools: readonly Kinds['linear'][]; // one [dim, dim] a pool scale
  readonly bottleneck: Kinds['linear']; // [dim, 3·3·(1 + pools)·dim]
  readonly laterals: readonly Kinds['linear'][]; // 3 × [dim, dim]
  readonly fpnConvs: readonly Kinds['linear'][]; // 3 × [dim, 3·3·dim]
  readonly fpnBottleneck: Kinds['linear']; // [dim, 3·3·4·dim]
  readonly classifier: Kinds['linear']; // [numLabels, dim]
}

export function decodeHeadParams(p: Parameters<Kinds>, config: BeitConfig): DecodeHeadParams {
  const { hiddenSize: dim, poolScales, numLabels } = config;
  const three = [0, 1, 2];
  return {
    pools: poolScales.map((_, i) => convNorm1x1(p, `decode_head.psp_modules.${i}.1`, dim, dim)),
    bottleneck: convNorm3x3(p, 'decode_head.bottleneck', dim, (1 + poolScales.length) * dim),
    laterals: three.map((i) => convNorm1x1(p, `decode_head.lateral_convs.${i}`, dim, dim)),
    fpnConvs: three.map((i) => convNorm3x3(p, `decode_head.fpn_convs.${i}`, dim, dim)),
    fpnBottleneck: convNorm3x3(p, 'decode_head.fpn_bottleneck', dim, 4 * dim),
    classifier: conv1x1(p, 'decode_head.classifier', numLabels, dim),
  };
}

/**
 * Buffers for one image of an h × w grid, used image after image. Two of them carry more than their name says while
 * that has not begun or is over: `fused` the outputs of the pyramid, `laterals[0]` what comes out of 3×3 convolutions.
 */
export interface DecodeHeadState {
  readonly laterals: readonly Map2d[]; // 4h×4w, 2h×2w, h×w bordered, ½h×½w plain; dim channels
  readonly pooling: Map2d; // ½h×½w bordered, (1 + pools)·dim channels
  readonly pooled: readonly Map2d[]; // s×s, dim channels, one a pool scale
  readonly projected: readonly Map2d[]; // the same behind their convolutions
  readonly fused: Map2d; // 4h×4w bordered, 4·dim channels
  readonly scores: Map2d; // 4h×4w, numLabels channels
}

export function decodeHeadState(backend: Backend<Kinds>, config: BeitConfig, grid: Grid): DecodeHeadState {
  const { hiddenSize: dim, poolScales, numLabels } = config;
  const half = { height: Math.floor(grid.height / 2), width: Math.floor(grid.width / 2) };
  const pools = () => poolScales.map((s) => allocMap(backend, { height: s, width: s }, dim));
  return {
    laterals: [
      allocBordered(backend, scaled(grid, 4), dim),
      allocBordered(backend, scaled(grid, 2), dim),
      allocBordered(backend, grid, dim),
      allocMap(backend, half, dim),
    ],
    pooling: allocBordered(backend, half, (1 + poolScales.length) * dim),
    pooled: pools(),
    projected: pools(),
    fused: allocBordered(backend, scaled(grid, 4), 4 * dim),
    scores: allocMap(backend, scaled(grid, 4), numLabels),
  };
}

/** Four feature maps of one image, h×w each → `scores`. */
export function runDecodeHead(
  ops: ForwardOps<Kinds>,
  pyramid: PyramidParams,
  p: DecodeHeadParams,
  s: DecodeHeadState,
  features: readonly Map2d[],
  dim: number,
): void {
  computeLaterals(ops, pyramid, p, s, features, dim);
  poolPyramid(ops, p, s, features[3], dim);
  for (let level = 3; level > 0; level--) ops.resizeBilinear(s.laterals[level - 1], s.laterals[level], 'add');
  fuse(ops, p, s, dim);
}

/** laterals[0..2] = relu(conv(fpn(feature))); the outputs of the pyramid are written where the concatenation will be. */
function computeLaterals(
  ops: ForwardOps<Kinds>,
  pyramid: PyramidParams,
  p: DecodeHeadParams,
  s: DecodeHeadState,
  features: readonly Map2d[],
  dim: number,
): void {
  const part = (i: number) => channels(ops, s.fused, i * dim, (i + 1) * dim);
  const middle = mapIn(part(1).tensor, s.laterals[1]);
  const doubled = mapIn(part(2).tensor, s.laterals[1]);
  quadruple(ops, pyramid, part(0), middle, features[0]);
  double(ops, pyramid, doubled, features[1]);
  for (const [i, x] of [part(0), doubled, features[2]].entries()) ops.conv1x1(s.laterals[i], x, p.laterals[i], 'relu');
}

/** laterals[3]: the coarsest map beside its means over s × s regions, fused by a 3×3 convolution. */
function poolPyramid(
  ops: ForwardOps<Kinds>,
  p: DecodeHeadParams,
  s: DecodeHeadState,
  feature: Map2d,
  dim: number,
): void {
  const coarse = channels(ops, s.pooling, 0, dim);
  ops.maxPool(coarse, feature);
  for (const [i, w] of p.pools.entries()) {
    ops.averagePool(s.pooled[i], coarse);
    ops.conv1x1(s.projected[i], s.pooled[i], w, 'relu');
    ops.resizeBilinear(channels(ops, s.pooling, (i + 1) * dim, (i + 2) * dim), s.projected[i]);
  }
  ops.clearBorder(s.pooling);
  ops.conv3x3(s.laterals[3], s.pooling, p.bottleneck, 'relu');
}

/** scores = classifier(relu(conv([fpn_conv(laterals[0]), the coarser ones at its size]))). */
function fuse(ops: ForwardOps<Kinds>, p: DecodeHeadParams, s: DecodeHeadState, dim: number): void {
  const part = (i: number) => channels(ops, s.fused, i * dim, (i + 1) * dim);
  for (const map of [...s.laterals.slice(0, 3), s.fused]) ops.clearBorder(map);
  ops.conv3x3(part(0), s.laterals[0], p.fpnConvs[0], 'relu');
  for (const level of [1, 2]) {
    const out = mapIn(s.laterals[0].tensor, s.laterals[level]);
    ops.conv3x3(out, s.laterals[level], p.fpnConvs[level], 'relu');
    ops.resizeBilinear(part(level), out);
  }
  ops.resizeBilinear(part(3), s.laterals[3]);
  const out = mapIn(s.laterals[0].tensor, s.fused);
  ops.conv3x3(out, s.fused, p.fpnBottleneck, 'relu');
  ops.conv1x1(s.scores, out, p.classifier);
}
