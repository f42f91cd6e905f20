import type { Kinds } from '../../../backend.ts';
import { finalTokens } from './finalTokens.ts';
import { pooling } from './pooling.ts';
import type { HeadParts, TrainedClass, TrainHead } from './trainHead.ts';

/** `BeitForImageClassification`: logits = classifier(pooled vector). Without labels the pooled vector is the output. */
export const trainedClassifier: TrainedClass = { head: classifierHead };

function classifierHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { backend, body, params, state } = parts;
  const { classifier } = params as { classifier: K['linear'] | null };
  const { numLabels, family, hiddenSize } = body.config;
  const { images } = state.body.image;
  const tokens = finalTokens(parts);
  const vector = pooling(parts, tokens, family.classAndMean);
  const scores = () => backend.alloc(images, numLabels);
  const size = family.classAndMean ? 2 * hiddenSize : hiddenSize;
  const output = classifier
    ? { value: scores(), gradient: scores(), dims: [images, numLabels] }
    : { value: vector.pooled, gradient: vector.dPooled, dims: [images, size] };
  return {
    outputs: { logits: output },
    features: vector.pooled,
    pool(ops) {
      tokens.forward(ops);
      vector.forward(ops);
    },
    classify(ops) {
      if (classifier) ops.linear(output.value, vector.pooled, classifier);
    },
    classifyBackward(ops, through) {
      if (classifier) ops.linearBackward(through ? vector.dPooled : null, output.gradient, vector.pooled, classifier);
    },
    poolBackward(ops) {
      ops.clear(tokens.gradient);
      vector.backward(ops);
      tokens.backward(ops);
    },
  };
}
