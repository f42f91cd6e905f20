import type { Backend, FeatureMap, Kinds } from '../../../../backend.ts';
import type { GradOps, MapSize } from '../../../gradOps.ts';
import type { TrainOutput } from '../trainHead.ts';

/** Feature maps of all images of a batch, [B·h·w, channels], and their gradient. */
export interface MapBatch<K extends Kinds> extends MapSize {
  readonly channels: number;
  /** Bordered ones have a pixel around each map, [B·(h + 2)·(w + 2), channels]: what 3×3 convolutions read. */
  readonly value: K['tensor'];
  readonly bordered: boolean;
  readonly gradient: K['tensor']; // [B·h·w, channels], never bordered
}

/** Channels [begin, end) of maps. */
export interface MapPart<K extends Kinds> {
  readonly maps: MapBatch<K>;
  readonly begin: number;
  readonly end: number;
}

export const whole = <K extends Kinds>(maps: MapBatch<K>): MapPart<K> => ({ maps, begin: 0, end: maps.channels });

export function allocMaps<K extends Kinds>(
  backend: Backend<K>,
  size: MapSize,
  channels: number,
  bordered = false,
): MapBatch<K> {
  const { images, height, width } = size;
  const rows = images * (bordered ? (height + 2) * (width + 2) : height * width);
  const [value, gradient] = [backend.alloc(rows, channels), backend.alloc(images * height * width, channels)];
  return { images, height, width, channels, value, gradient, bordered };
}

/** The rows of one image in a tensor without borders, [h·w, channels]. */
export function pixelsOf<K extends Kinds>(ops: GradOps<K>, t: K['tensor'], size: MapSize, image: number): K['tensor'] {
  const pixels = size.height * size.width;
  return ops.rows(t, image * pixels, (image + 1) * pixels);
}

/** The map of one image in a tensor without borders. */
export function mapAt<K extends Kinds>(ops: GradOps<K>, t: K['tensor'], size: MapSize, image: number): FeatureMap<K> {
  const { height, width } = size;
  const tensor = pixelsOf(ops, t, size, image);
  return { tensor, height, width, origin: 0, pitch: width, step: 1 };
}

/** The map of one image in a tensor with borders. */
export function borderedAt<K extends Kinds>(
  ops: GradOps<K>,
  t: K['tensor'],
  size: MapSize,
  image: number,
): FeatureMap<K> {
  const { height, width } = size;
  const rows = (height + 2) * (width + 2);
  const tensor = ops.rows(t, image * rows, (image + 1) * rows);
  return { tensor, height, width, origin: width + 3, pitch: width + 2, step: 1 };
}

/** Part of the values of one image. */
export function valueAt<K extends Kinds>(ops: GradOps<K>, part: MapPart<K>, image: number): FeatureMap<K> {
  const { maps, begin, end } = part;
  const map = (maps.bordered ? borderedAt : mapAt)(ops, maps.value, maps, image);
  return { ...map, tensor: ops.cols(map.tensor, begin, end) };
}

/** Part of the gradient of one image. */
export function gradientAt<K extends Kinds>(ops: GradOps<K>, part: MapPart<K>, image: number): FeatureMap<K> {
  return mapAt(ops, gradientOf(ops, part), part.maps, image);
}

/** Part of the gradient of all images. */
export function gradientOf<K extends Kinds>(ops: GradOps<K>, { maps, begin, end }: MapPart<K>): K['tensor'] {
  return ops.cols(maps.gradient, begin, end);
}

/** One call for each image. */
export function forImages(size: Pick<MapSize, 'images'>, call: (image: number) => void): void {
  for (let image = 0; image < size.images; image++) call(image);
}

/** Maps as users see them, [B, channels, h, w]. */
export function planesOutput<K extends Kinds>(
  backend: Backend<K>,
  { images, channels, height, width }: MapBatch<K>,
): TrainOutput<K> {
  const planes = () => backend.alloc(images * channels, height * width);
  return { value: planes(), gradient: planes(), dims: [images, channels, height, width] };
}

/** The values of maps without borders, channels first. */
export function writePlanes<K extends Kinds>(ops: GradOps<K>, planes: K['tensor'], maps: MapBatch<K>): void {
  forImages(maps, (image) => ops.transpose(planesOf(ops, planes, maps, image), pixelsOf(ops, maps.value, maps, image)));
}

/** The gradient of maps from one with channels first. */
export function readPlanes<K extends Kinds>(ops: GradOps<K>, maps: MapBatch<K>, planes: K['tensor']): void {
  forImages(maps, (image) => {
    ops.transpose(pixelsOf(ops, maps.gradient, maps, image), planesOf(ops, planes, maps, image));
  });
}

function planesOf<K extends Kinds>(
  ops: GradOps<K>,
  planes: K['tensor'],
  { channels }: MapBatch<K>,
  image: number,
): K['tensor'] {
  return ops.rows(planes, image * channels, (image + 1) * channels);
}
