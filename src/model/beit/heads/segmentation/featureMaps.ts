import type { Backend, FeatureMap, Kinds } from '../../../../backend.ts';
import type { Grid } from '../../../../interpolate.ts';
import type { ForwardOps } from '../../forward.ts';

export type Map2d = FeatureMap<Kinds>;

/** The first rows of a tensor as a map without gaps. */
export function mapIn(tensor: Kinds['tensor'], { height, width }: Grid): Map2d {
  return { tensor, height, width, origin: 0, pitch: width, step: 1 };
}

/** A whole tensor of (height + 2)·(width + 2) rows as a map with a border of one pixel. */
function borderedIn(tensor: Kinds['tensor'], { height, width }: Grid): Map2d {
  return { tensor, height, width, origin: width + 3, pitch: width + 2, step: 1 };
}

export function allocMap(backend: Backend<Kinds>, grid: Grid, channels: number): Map2d {
  return mapIn(backend.alloc(grid.height * grid.width, channels), grid);
}

export function allocBordered(backend: Backend<Kinds>, grid: Grid, channels: number): Map2d {
  return borderedIn(backend.alloc((grid.height + 2) * (grid.width + 2), channels), grid);
}

/** Channels [begin, end) of a map: where a part of a concatenation is written. */
export function channels(ops: Pick<ForwardOps<Kinds>, 'cols'>, map: Map2d, begin: number, end: number): Map2d {
  return { ...map, tensor: ops.cols(map.tensor, begin, end) };
}

/** Every second pixel from (a, b) on, or every `factor`-th: where one phase of an enlarged map is written. */
export function phase<M extends Map2d>(map: M, a: number, b: number, factor = 2): M {
  const { height, width, origin, pitch, step } = map;
  return {
    ...map,
    height: height / factor,
    width: width / factor,
    origin: origin + a * pitch + b * step,
    pitch: factor * pitch,
    step: factor * step,
  };
}

/** The pixels of a bordered map that tap (ky, kx) of a 3×3 convolution of that stride reads, for an output of `grid`. */
export function tapOf(map: Map2d, ky: number, kx: number, stride: number, { height, width }: Grid): Map2d {
  const { origin, pitch, step } = map;
  return {
    ...map,
    height,
    width,
    origin: origin + (ky - 1) * pitch + (kx - 1) * step,
    pitch: stride * pitch,
    step: stride * step,
  };
}

export const scaled = ({ height, width }: Grid, factor: number): Grid => ({
  height: height * factor,
  width: width * factor,
});
