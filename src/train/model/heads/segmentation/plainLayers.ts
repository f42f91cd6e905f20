import type { Kinds } from '../../../../backend.ts';
import type { GradOps } from '../../../gradOps.ts';
import { forImages, gradientAt, gradientOf, type MapBatch, type MapPart, valueAt } from './mapBatch.ts';
import type { MapLayer } from './mapLayer.ts';

/** out = x·Wᵀ + b for every pixel. */
export function classified<K extends Kinds>(out: MapBatch<K>, x: MapBatch<K>, w: K['linear']): MapLayer<K> {
  return {
    forward: (ops) => ops.linear(out.value, x.value, w),
    backward: (ops) => ops.linearBackward(x.gradient, out.gradient, x.value, w, 'add'),
  };
}

/** out = x, where the two have borders or others beside them. */
export function copied<K extends Kinds>(out: MapPart<K>, x: MapPart<K>): MapLayer<K> {
  return {
    forward: (ops) => forImages(x.maps, (image) => ops.copyMap(valueAt(ops, out, image), valueAt(ops, x, image))),
    backward: (ops) => ops.add(gradientOf(ops, x), gradientOf(ops, out)),
  };
}

/** The largest of every 2×2 pixels. */
export function maxPooled<K extends Kinds>(out: MapPart<K>, x: MapPart<K>): MapLayer<K> {
  return perImage(
    x,
    (ops, image) => ops.maxPool(valueAt(ops, out, image), valueAt(ops, x, image)),
    (ops, image) => ops.maxPoolBackward(gradientAt(ops, x, image), gradientAt(ops, out, image), valueAt(ops, x, image)),
  );
}

/** Means over as many regions as out has pixels. */
export function averagePooled<K extends Kinds>(out: MapPart<K>, x: MapPart<K>): MapLayer<K> {
  return perImage(
    x,
    (ops, image) => ops.averagePool(valueAt(ops, out, image), valueAt(ops, x, image)),
    (ops, image) => ops.averagePoolBackward(gradientAt(ops, x, image), gradientAt(ops, out, image)),
  );
}

/** out = x at its size, or out += that. */
export function resized<K extends Kinds>(out: MapPart<K>, x: MapPart<K>, epilogue?: 'store' | 'add'): MapLayer<K> {
  return perImage(
    x,
    (ops, image) => ops.resizeBilinear(valueAt(ops, out, image), valueAt(ops, x, image), epilogue),
    (ops, image) => ops.resizeBilinearBackward(gradientAt(ops, x, image), gradientAt(ops, out, image)),
  );
}

function perImage<K extends Kinds>(
  { maps }: MapPart<K>,
  forward: (ops: GradOps<K>, image: number) => void,
  backward: (ops: GradOps<K>, image: number) => void,
): MapLayer<K> {
  return {
    forward: (ops) => forImages(maps, (image) => forward(ops, image)),
    backward: (ops) => forImages(maps, (image) => backward(ops, image)),
  };
}
