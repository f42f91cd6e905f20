import type { Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import { finalNorm } from '../forward.ts';

interface TeacherParams {
  readonly classifier: Kinds['linear']; // [numLabels, dim] over the class token
  readonly distillation: Kinds['linear']; // [numLabels, dim] over the distillation token
}

interface TeacherState {
  readonly classLogits: Kinds['tensor']; // [B, numLabels]
  readonly distillationLogits: Kinds['tensor']; // [B, numLabels]
}

/** `DeiTForImageClassificationWithTeacher`: a classifier for each of the first two tokens; their mean is the answer. */
export const teacherArchitecture: Architecture<TeacherParams, TeacherState> = {
  name: 'DeiTForImageClassificationWithTeacher',
  hasPrefix: true,
  parts: () => ({ pooler: false, finalNorm: true }),
  params: (p, { numLabels, hiddenSize }) => ({
    classifier: p.linear('cls_classifier', numLabels, hiddenSize, { wide: true }),
    distillation: p.linear('distillation_classifier', numLabels, hiddenSize, { wide: true }),
  }),
  state: (backend, { body }, s) => ({
    classLogits: backend.alloc(s.image.images, body.config.numLabels),
    distillationLogits: backend.alloc(s.image.images, body.config.numLabels),
  }),
  finish(ops, { body, head }, s, { classLogits, distillationLogits }) {
    finalNorm(ops, body, s);
    for (let b = 0; b < s.image.images; b++) {
      const token = (i: number) => ops.rows(s.x, b * s.tokens + i, b * s.tokens + i + 1);
      ops.linear(ops.rows(classLogits, b, b + 1), token(0), head.classifier);
      ops.linear(ops.rows(distillationLogits, b, b + 1), token(1), head.distillation);
    }
    const dims = [s.image.images, body.config.numLabels];
    return { clsLogits: { tensor: classLogits, dims }, distillationLogits: { tensor: distillationLogits, dims } };
  },
};
