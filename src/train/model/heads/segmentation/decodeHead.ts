import type { Kinds } from '../../../../backend.ts';
import type { DecodeHeadParams } from '../../../../model/beit/heads/segmentation/decodeHead.ts';
import type { PyramidParams } from '../../../../model/beit/heads/segmentation/featurePyramid.ts';
import type { MapSize } from '../../../gradOps.ts';
import { ConvNormRelu } from './convNormRelu.ts';
import { allocMaps, type MapBatch, type MapPart, whole } from './mapBatch.ts';
import type { MapContext } from './mapContext.ts';
import type { MapLayer } from './mapLayer.ts';
import { averagePooled, classified, maxPooled, resized } from './plainLayers.ts';
import { doubled, half, quadrupled, times } from './pyramid.ts';

/** UPerNet as layers, over the maps of all images at once: batch norms see them together. */
export interface TrainedMapHead<K extends Kinds> {
  readonly layers: readonly MapLayer<K>[];
  readonly scores: MapBatch<K>; // numLabels channels
  readonly maps: readonly MapBatch<K>[];
}

/** What the two heads are made from. */
export interface DecodeHeadRequest<K extends Kinds> {
  readonly context: MapContext<K>;
  readonly pyramid: PyramidParams;
  readonly head: DecodeHeadParams;
  readonly features: readonly MapBatch<K>[]; // 4 of h×w
  readonly numLabels: number;
  readonly poolScales: readonly number[];
}

export function trainedDecodeHead<K extends Kinds>(request: DecodeHeadRequest<K>): TrainedMapHead<K> {
  const { context, head, features, numLabels } = request;
  const { backend, dim } = context;
  const size = features[2];
  const bordered = (of: MapSize, channels = dim) => allocMaps(backend, of, channels, true);
  const laterals = [
    bordered(times(size, 4)),
    bordered(times(size, 2)),
    bordered(size),
    allocMaps(backend, half(size), dim),
  ];
  const fused = bordered(times(size, 4), 4 * dim);
  const last = allocMaps(backend, times(size, 4), dim);
  const scores = allocMaps(backend, times(size, 4), numLabels);
  const lateral = lateralLayers(request, laterals);
  const pool = poolLayers(request, laterals[3]);
  const down = [3, 2, 1].map((level) => resized(whole(laterals[level - 1]), whole(laterals[level]), 'add'));
  const fuse = fuseLayers(request, laterals, fused);
  const end = [
    new ConvNormRelu(backend, whole(last), fused, head.fpnBottleneck, context.normOf(head.fpnBottleneck)),
    classified(scores, last, head.classifier),
  ];
  return {
    layers: [...lateral.layers, ...pool.layers, ...down, ...fuse.layers, ...end],
    scores,
    maps: [...laterals, fused, last, scores, ...lateral.maps, ...pool.maps, ...fuse.maps],
  };
}

interface Part<K extends Kinds> {
  readonly layers: readonly MapLayer<K>[];
  readonly maps: readonly MapBatch<K>[];
}

/** laterals[0..2] = relu(norm(conv(fpn(feature)))). */
function lateralLayers<K extends Kinds>(
  { context, pyramid, head, features }: DecodeHeadRequest<K>,
  laterals: readonly MapBatch<K>[],
): Part<K> {
  const four = quadrupled(context, pyramid, features[0]);
  const two = doubled(context, pyramid, features[1]);
  const convs = [four.out, two.out, features[2]].map((x, i) => {
    const w = head.laterals[i];
    return new ConvNormRelu(context.backend, whole(laterals[i]), x, w, context.normOf(w));
  });
  return { layers: [...four.layers, ...two.layers, ...convs], maps: [...four.maps, ...two.maps] };
}

/** laterals[3]: the coarsest map beside its means over s × s regions, fused by a 3×3 convolution. */
function poolLayers<K extends Kinds>(
  { context, head, features, poolScales }: DecodeHeadRequest<K>,
  out: MapBatch<K>,
): Part<K> {
  const { backend, dim } = context;
  const pooling = allocMaps(backend, out, (1 + poolScales.length) * dim, true);
  const part = (i: number): MapPart<K> => ({ maps: pooling, begin: i * dim, end: (i + 1) * dim });
  const scales = poolScales.map((scale, i) => {
    const size = { images: out.images, height: scale, width: scale };
    const [pooled, projected] = [allocMaps(backend, size, dim), allocMaps(backend, size, dim)];
    const w = head.pools[i];
    const layers = [
      averagePooled(whole(pooled), part(0)),
      new ConvNormRelu(backend, whole(projected), pooled, w, context.normOf(w)),
      resized(part(i + 1), whole(projected)),
    ];
    return { layers, maps: [pooled, projected] };
  });
  const bottleneck = new ConvNormRelu(backend, whole(out), pooling, head.bottleneck, context.normOf(head.bottleneck));
  return {
    layers: [maxPooled(part(0), whole(features[3])), ...scales.flatMap(({ layers }) => layers), bottleneck],
    maps: [pooling, ...scales.flatMap(({ maps }) => maps)],
  };
}

/** fused = [fpn_conv(laterals[0]), the coarser ones at its size]. */
function fuseLayers<K extends Kinds>(
  { context, head }: DecodeHeadRequest<K>,
  laterals: readonly MapBatch<K>[],
  fused: MapBatch<K>,
): Part<K> {
  const { backend, dim } = context;
  const part = (i: number): MapPart<K> => ({ maps: fused, begin: i * dim, end: (i + 1) * dim });
  const conv = (out: MapPart<K>, level: number) => {
    const w = head.fpnConvs[level];
    return new ConvNormRelu(backend, out, laterals[level], w, context.normOf(w));
  };
  const coarser = [1, 2].map((level) => allocMaps(backend, laterals[level], dim));
  return {
    layers: [
      conv(part(0), 0),
      ...coarser.flatMap((maps, i) => [conv(whole(maps), i + 1), resized(part(i + 1), whole(maps))]),
      resized(part(3), whole(laterals[3])),
    ],
    maps: coarser,
  };
}
