import type { Kinds } from '../../../../backend.ts';
import type { AuxiliaryParams } from '../../../../model/beit/heads/segmentation/auxiliaryHead.ts';
import { ConvNormRelu } from './convNormRelu.ts';
import type { TrainedMapHead } from './decodeHead.ts';
import { allocMaps, type MapBatch, whole } from './mapBatch.ts';
import type { MapContext } from './mapContext.ts';
import type { MapLayer } from './mapLayer.ts';
import { classified, copied } from './plainLayers.ts';

/** The second, shallow head on the third feature map. */
export function trainedAuxiliaryHead<K extends Kinds>(
  context: MapContext<K>,
  p: AuxiliaryParams,
  feature: MapBatch<K>,
  { numLabels, auxiliaryChannels: channels }: { numLabels: number; auxiliaryChannels: number },
): TrainedMapHead<K> {
  const { backend, dim } = context;
  const input = allocMaps(backend, feature, dim, true);
  const maps = [input];
  const layers: MapLayer<K>[] = [copied(whole(input), whole(feature))];
  const convolve = (x: MapBatch<K>, w: K['linear'], bordered: boolean) => {
    const out = allocMaps(backend, feature, channels, bordered);
    maps.push(out);
    layers.push(new ConvNormRelu(backend, whole(out), x, w, context.normOf(w)));
    return out;
  };
  let x = input;
  for (const [i, w] of p.convs.entries()) x = convolve(x, w, i + 1 < p.convs.length);
  if (p.concat) {
    const both = allocMaps(backend, feature, dim + channels, true);
    maps.push(both);
    layers.push(copied({ maps: both, begin: 0, end: dim }, whole(feature)));
    layers.push(copied({ maps: both, begin: dim, end: dim + channels }, whole(x)));
    x = convolve(both, p.concat, false);
  } else if (p.convs.length === 0) x = feature;
  const scores = allocMaps(backend, feature, numLabels);
  layers.push(classified(scores, x, p.classifier));
  return { layers, scores, maps: [...maps, scores] };
}
