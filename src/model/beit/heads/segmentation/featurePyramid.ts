import type { Epilogue, Kinds } from '../../../../backend.ts';
import type { ForwardOps } from '../../forward.ts';
import type { Parameters } from '../../params/parameters.ts';
import { transposedConv } from './convolution.ts';
import { type Map2d, phase } from './featureMaps.ts';

/** What makes maps of four scales from the one scale of a vision transformer: ×4, ×2, ×1 and a pooling to ½. */
export interface PyramidParams {
  readonly double: readonly Kinds['linear'][]; // 4 phases [dim, dim], batch norm folded
  readonly redouble: readonly Kinds['linear'][]; // 4 phases [dim, dim]
  readonly fpn2: readonly Kinds['linear'][]; // 4 phases [dim, dim]
}

export function pyramidParams(p: Parameters<Kinds>, dim: number): PyramidParams {
  return {
    double: transposedConv(p, 'fpn1.0', dim, dim, { norm: 'fpn1.1' }),
    redouble: transposedConv(p, 'fpn1.3', dim, dim),
    fpn2: transposedConv(p, 'fpn2.0', dim, dim),
  };
}

/** fpn1: out, four times as high and wide, by way of `middle`. */
export function quadruple(ops: ForwardOps<Kinds>, p: PyramidParams, out: Map2d, middle: Map2d, x: Map2d): void {
  upscale(ops, middle, x, p.double, 'gelu');
  upscale(ops, out, middle, p.redouble);
}

/** fpn2: out, twice as high and wide. */
export function double(ops: ForwardOps<Kinds>, p: PyramidParams, out: Map2d, x: Map2d): void {
  upscale(ops, out, x, p.fpn2);
}

function upscale(
  ops: ForwardOps<Kinds>,
  out: Map2d,
  x: Map2d,
  phases: readonly Kinds['linear'][],
  epilogue?: Epilogue,
): void {
  for (const [i, w] of phases.entries()) ops.conv1x1(phase(out, i >> 1, i & 1), x, w, epilogue);
}
