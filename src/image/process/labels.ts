import { check } from '../../errors.ts';
import { Tensor } from '../../tensor.ts';
import type { LabelMap } from '../picture.ts';
import { pickNearest, resize } from '../resample/resize.ts';
import { type CropConvention, centerCrop } from './centerCrop.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';
import { sameSize } from './pixelValues.ts';
import { type Geometry, plainGeometry } from './processorRules.ts';
import type { Size } from './readField.ts';

/**
 * How label maps are resized. `nearest` keeps class numbers; `reference` is what transformers does: the filter of the
 * picture, which makes up numbers between two classes and so suits only comparisons.
 */
export type LabelResample = 'nearest' | 'reference';

/** What is done to a map, and on which side an odd row is cut. */
export interface PlacedGeometry extends Geometry {
  readonly cropConvention?: CropConvention | undefined;
}

/** Label maps through the steps of their pictures, but for rescaling and normalizing. `[B, H, W]` */
export function labels(
  maps: readonly LabelMap[],
  config: ImageProcessorConfig,
  resample: LabelResample,
  geometryOf: (map: LabelMap) => PlacedGeometry = (map) => plainGeometry(config, map),
): Tensor<'int32'> {
  const processed = maps.map((map) => {
    const reduced = config.doReduceLabels ? reduceLabels(map) : map;
    const { size, crop, cropConvention } = geometryOf(map);
    const resized = size ? resizeLabels(reduced, size, config, resample) : reduced;
    return crop ? centerCrop(resized, crop.width, crop.height, cropConvention) : resized;
  });
  const { width, height } = sameSize(processed);
  const data = new Int32Array(maps.length * width * height);
  processed.forEach((map, b) => {
    data.set(map.data, b * width * height);
  });
  return new Tensor('int32', data, [maps.length, height, width]);
}

/** Class n becomes n − 1, the background 0 becomes 255 (ignored), and 255 stays. */
function reduceLabels(map: LabelMap): LabelMap {
  return { ...map, data: map.data.map((n) => (n === 0 || n === 255 ? 255 : n - 1)) };
}

function resizeLabels(map: LabelMap, size: Size, config: ImageProcessorConfig, how: LabelResample): LabelMap {
  if (how === 'nearest') return pickNearest(map, size.width, size.height);
  const most = map.data.reduce((a, b) => Math.max(a, b), 0);
  check(
    most <= 255,
    'InvalidArgument',
    () => `Cannot resize labels as transformers does: it has 8 bits, got class ${most}`,
  );
  const resized = resize({ ...map, data: Uint8Array.from(map.data) }, size.width, size.height, config.resample);
  return { ...map, ...resized, data: Int32Array.from(resized.data), channels: 1 };
}
