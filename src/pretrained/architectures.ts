import { check } from '../errors.ts';
import type { Architecture } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config.ts';
import { backboneArchitecture } from '../model/beit/heads/backbone.ts';
import { baseArchitecture } from '../model/beit/heads/base.ts';
import { classificationArchitecture } from '../model/beit/heads/classification.ts';
import { maskedArchitecture } from '../model/beit/heads/masked.ts';
import { segmentationArchitecture } from '../model/beit/heads/segmentation/segmentation.ts';

/** What a checkpoint was saved as, by the names in `architectures`; data2vec's classes compute the same. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  BeitModel: baseArchitecture(true),
  BeitForImageClassification: classificationArchitecture as Architecture,
  BeitForMaskedImageModeling: maskedArchitecture as Architecture,
  BeitForSemanticSegmentation: segmentationArchitecture() as Architecture,
  BeitBackbone: backboneArchitecture as Architecture,
};

/** @throws `InvalidConfig` when the config names no class of the family. */
export function architectureOf(config: BeitConfig): Architecture {
  const { architectures } = config.extra;
  const name = String(Array.isArray(architectures) ? architectures[0] : 'BeitModel').replace(/^Data2VecVision/, 'Beit');
  check(Object.hasOwn(ARCHITECTURES, name), 'InvalidConfig', () => {
    return `Unknown architecture "${name}": expected one of ${Object.keys(ARCHITECTURES).join(', ')}`;
  });
  return ARCHITECTURES[name];
}
