import type { Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import { finalNorm, pool } from '../forward.ts';

interface ClassifierParams {
  readonly classifier: Kinds['linear'] | null; // [numLabels, dim]; none for numLabels 0
}

interface ClassifierState {
  readonly logits: Kinds['tensor'] | null; // [B, numLabels]
}

/** `BeitForImageClassification`: a linear layer over the pooled output. */
export const classificationArchitecture: Architecture<ClassifierParams, ClassifierState> = {
  name: 'BeitForImageClassification',
  prefix: 'beit.',
  parts: () => ({ pooler: true, finalNorm: true }),
  params: (p, { numLabels, hiddenSize }) => ({
    classifier: numLabels > 0 ? p.linear('classifier', numLabels, hiddenSize, { wide: true }) : null,
  }),
  state: (backend, { body }, s) => ({
    logits: body.config.numLabels > 0 ? backend.alloc(s.image.images, body.config.numLabels) : null,
  }),
  finish(ops, { body, head }, s, { logits }) {
    finalNorm(ops, body, s);
    pool(ops, body, s);
    const { images } = s.image;
    // without labels the classifier is the identity, as in transformers
    if (!head.classifier || !logits) return { logits: { tensor: s.pooled, dims: [images, body.config.hiddenSize] } };
    ops.linear(logits, s.pooled, head.classifier);
    return { logits: { tensor: logits, dims: [images, body.config.numLabels] } };
  },
};
