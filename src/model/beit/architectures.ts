import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { Architecture, ArchitectureKey } from './architecture.ts';
import type { BeitConfig } from './config/config.ts';
import type { ArchitectureName } from './config/family.ts';
import { bodyArchitecture, type WithPooler } from './heads/body.ts';
import { classificationArchitecture } from './heads/classification.ts';
import type { FeatureConvention } from './heads/segmentation/featureConvention.ts';

/** A variant is what the architecture says it is. The rarer heads are chunks of their own. */
const ARCHITECTURES: Readonly<Record<ArchitectureName, (variant?: unknown) => unknown>> = {
  BeitModel: (variant) => bodyArchitecture((variant ?? true) as WithPooler),
  BeitForImageClassification: () => classificationArchitecture,
  BeitForMaskedImageModeling: async () => (await import('./heads/masked.ts')).maskedArchitecture,
  BeitForSemanticSegmentation: async (variant) => {
    const { segmentationArchitecture } = await import('./heads/segmentation/segmentation.ts');
    return segmentationArchitecture(variant as FeatureConvention | undefined);
  },
  BeitBackbone: async () => (await import('./heads/backbone.ts')).backboneArchitecture,
  DeiTForImageClassificationWithTeacher: async () => (await import('./heads/teacher.ts')).teacherArchitecture,
  DPTForDepthEstimation: async () => (await import('./heads/depth/depth.ts')).depthArchitecture,
};

/** The architecture whose `name` and `variant` these are. @throws `InvalidConfig` when the family has none. */
export async function architectureNamed(name: unknown, variant?: unknown): Promise<Architecture> {
  return ARCHITECTURES[checkedName(name)](variant) as Promise<Architecture>;
}

/** What a checkpoint was saved as. @throws `InvalidConfig` when the config names no class of its family. */
export async function architectureOf(config: BeitConfig): Promise<Architecture> {
  return architectureNamed(architectureKeyOf(config).name);
}

/** The name of {@link architectureOf}. @throws `InvalidConfig` */
export function architectureKeyOf(config: BeitConfig): ArchitectureKey & { readonly name: ArchitectureName } {
  const { architectures } = config.extra;
  const name: unknown = Array.isArray(architectures) ? architectures[0] : 'BeitModel';
  if (typeof name !== 'string') return { name: checkedName(name) };
  const found = Object.entries(config.family.classes).find(([, own]) => own === name)?.[0];
  return { name: checkedName(found ?? name.replace(/^Data2VecVision/, 'Beit')) };
}

function checkedName(name: unknown): ArchitectureName {
  check(typeof name === 'string' && Object.hasOwn(ARCHITECTURES, name), 'InvalidConfig', () => {
    return `Unknown architecture ${quoted(name)}: expected one of ${Object.keys(ARCHITECTURES).join(', ')}`;
  });
  return name as ArchitectureName;
}
