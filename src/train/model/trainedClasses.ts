import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { trainedBackbone } from './heads/backboneHead.ts';
import { trainedBody } from './heads/bodyHead.ts';
import { trainedClassifier } from './heads/classifierHead.ts';
import { trainedMasked } from './heads/maskedHead.ts';
import { trainedSegmentation } from './heads/segmentation/segmentationHead.ts';
import { trainedTeacher } from './heads/teacherHead.ts';
import type { TrainedClass } from './heads/trainHead.ts';

/** Classes that can be trained. */
export type TrainableClass =
  | 'BeitModel'
  | 'BeitForImageClassification'
  | 'BeitForMaskedImageModeling'
  | 'BeitForSemanticSegmentation'
  | 'BeitBackbone'
  | 'DeiTForImageClassificationWithTeacher';

const CLASSES: Readonly<Record<TrainableClass, TrainedClass>> = {
  BeitModel: trainedBody,
  BeitForImageClassification: trainedClassifier,
  BeitForMaskedImageModeling: trainedMasked,
  BeitForSemanticSegmentation: trainedSegmentation,
  BeitBackbone: trainedBackbone,
  DeiTForImageClassificationWithTeacher: trainedTeacher,
};

/** @throws `InvalidConfig` for a class that cannot be trained */
export function trainedClass(name: TrainableClass): TrainedClass {
  check(Object.hasOwn(CLASSES, name), 'InvalidConfig', () => {
    return `Cannot train ${quoted(name)}: expected one of ${Object.keys(CLASSES).join(', ')}`;
  });
  return CLASSES[name];
}
