import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { ModelArchitecture } from './architecture.ts';
import type { BeitConfig } from './config/config.ts';
import type { ArchitectureName } from './config/family.ts';
import { backboneArchitecture } from './heads/backbone.ts';
import { bodyArchitecture } from './heads/body.ts';
import { classificationArchitecture } from './heads/classification.ts';
import { lazyDepthArchitecture } from './heads/lazyDepth.ts';
import { maskedArchitecture } from './heads/masked.ts';
import type { FeatureConvention } from './heads/segmentation/featureConvention.ts';
import { segmentationArchitecture } from './heads/segmentation/segmentation.ts';
import { teacherArchitecture } from './heads/teacher.ts';

/** A variant is what the architecture says it is. */
const ARCHITECTURES: Readonly<Record<ArchitectureName, (variant?: unknown) => unknown>> = {
  BeitModel: (variant) => bodyArchitecture((variant ?? true) as boolean),
  BeitForImageClassification: () => classificationArchitecture,
  BeitForMaskedImageModeling: () => maskedArchitecture,
  BeitForSemanticSegmentation: (variant) => segmentationArchitecture(variant as FeatureConvention | undefined),
  BeitBackbone: () => backboneArchitecture,
  DeiTForImageClassificationWithTeacher: () => teacherArchitecture,
  DPTForDepthEstimation: () => lazyDepthArchitecture,
};

/** The architecture whose `name` and `variant` these are. @throws `InvalidConfig` when the family has none. */
export function architectureNamed(name: unknown, variant?: unknown): ModelArchitecture {
  check(typeof name === 'string' && Object.hasOwn(ARCHITECTURES, name), 'InvalidConfig', () => {
    return `Unknown architecture ${quoted(name)}: expected one of ${Object.keys(ARCHITECTURES).join(', ')}`;
  });
  return ARCHITECTURES[name as ArchitectureName](variant) as ModelArchitecture;
}

/** What a checkpoint was saved as. @throws `InvalidConfig` when the config names no class of its family. */
export function architectureOf(config: BeitConfig): ModelArchitecture {
  const { architectures } = config.extra;
  const name: unknown = Array.isArray(architectures) ? architectures[0] : 'BeitModel';
  if (typeof name !== 'string') return architectureNamed(name);
  const found = Object.entries(config.family.classes).find(([, own]) => own === name)?.[0];
  return architectureNamed(found ?? name.replace(/^Data2VecVision/, 'Beit'));
}
