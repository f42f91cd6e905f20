import type { Kinds } from '../../../backend.ts';
import { finalTokens } from './finalTokens.ts';
import type { HeadParts, TrainedClass, TrainHead } from './trainHead.ts';

/** `DeiTForImageClassificationWithTeacher`: a classifier for the class token and one for the distillation token. */
export const trainedTeacher: TrainedClass = { head: teacherHead };

function teacherHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { backend, body, params, state } = parts;
  const { numLabels } = body.config;
  const { classifier, distillation } = params as { classifier: K['linear']; distillation: K['linear'] };
  const { image, tokens: count } = state.body;
  const { images } = image;
  const tokens = finalTokens(parts);
  const scores = () => backend.alloc(images, numLabels);
  const output = () => ({ value: scores(), gradient: scores(), dims: [images, numLabels] });
  const outputs = { clsLogits: output(), distillationLogits: output() };
  const heads = [
    { w: classifier, output: outputs.clsLogits },
    { w: distillation, output: outputs.distillationLogits },
  ];
  const token = (t: K['tensor'], b: number, i: number) => backend.rows(t, b * count + i, b * count + i + 1);
  const ofImage = (t: K['tensor'], b: number) => backend.rows(t, b, b + 1);
  return {
    outputs,
    features: null,
    pool: (ops) => tokens.forward(ops),
    classify(ops) {
      for (let b = 0; b < images; b++)
        for (const [i, { w, output }] of heads.entries())
          ops.linear(ofImage(output.value, b), token(tokens.value, b, i), w);
    },
    classifyBackward(ops) {
      ops.clear(tokens.gradient);
      for (let b = 0; b < images; b++)
        for (const [i, { w, output }] of heads.entries()) {
          ops.linearBackward(token(tokens.gradient, b, i), ofImage(output.gradient, b), token(tokens.value, b, i), w);
        }
    },
    poolBackward: (ops) => tokens.backward(ops),
  };
}
