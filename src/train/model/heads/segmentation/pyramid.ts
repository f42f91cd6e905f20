import type { Kinds } from '../../../../backend.ts';
import type { PyramidParams } from '../../../../model/beit/heads/segmentation/featurePyramid.ts';
import type { MapSize } from '../../../gradOps.ts';
import { allocMaps, type MapBatch } from './mapBatch.ts';
import type { MapContext } from './mapContext.ts';
import type { MapLayer } from './mapLayer.ts';
import { NormGelu, Upsampling } from './upsampling.ts';

export const times = ({ images, height, width }: MapSize, factor: number): MapSize => ({
  images,
  height: factor * height,
  width: factor * width,
});

export const half = ({ images, height, width }: MapSize): MapSize => ({
  images,
  height: Math.floor(height / 2),
  width: Math.floor(width / 2),
});

/** fpn1: maps four times as high and wide as x. */
export function quadrupled<K extends Kinds>(
  context: MapContext<K>,
  p: PyramidParams,
  x: MapBatch<K>,
): { out: MapBatch<K>; layers: MapLayer<K>[]; maps: MapBatch<K>[] } {
  const { backend, dim } = context;
  const middle = () => allocMaps(backend, times(x, 2), dim);
  const [doubledMaps, activated] = [middle(), middle()];
  const out = allocMaps(backend, times(x, 4), dim);
  const layers = [
    new Upsampling(doubledMaps, x, context.stackOf(p.double)),
    new NormGelu(backend, activated, doubledMaps, context.normOf(p.double[0])),
    new Upsampling(out, activated, context.stackOf(p.redouble)),
  ];
  return { out, layers, maps: [doubledMaps, activated, out] };
}

/** fpn2: maps twice as high and wide as x. */
export function doubled<K extends Kinds>(
  context: MapContext<K>,
  p: PyramidParams,
  x: MapBatch<K>,
): { out: MapBatch<K>; layers: MapLayer<K>[]; maps: MapBatch<K>[] } {
  const out = allocMaps(context.backend, times(x, 2), context.dim);
  return { out, layers: [new Upsampling(out, x, context.stackOf(p.fpn2))], maps: [out] };
}
