import type { Backend, Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import type { BeitConfig } from '../config/config.ts';
import { type ForwardOps, finalNorm, pool } from '../forward.ts';
import { type BeitState, patchTokens } from '../state.ts';

interface ClassifierParams {
  readonly classifier: Kinds['linear'] | null; // [numLabels, features]; none for numLabels 0
}

interface ClassifierState {
  readonly features: Kinds['tensor'] | null; // [B, 2·dim]: class token and mean of the patches; null: the pooled output
  readonly logits: Kinds['tensor'] | null; // [B, numLabels]
}

/** A linear layer over the pooled output; in DINOv2 over the class token beside the mean of the patch tokens. */
export const classificationArchitecture: Architecture<ClassifierParams, ClassifierState> = {
  name: 'BeitForImageClassification',
  hasPrefix: true,
  parts: () => ({ pooler: true, finalNorm: true }),
  params: (p, config) => ({
    classifier:
      config.numLabels > 0 ? p.linear('classifier', config.numLabels, featureSize(config), { wide: true }) : null,
  }),
  state: (backend, { body: { config } }, s) => classifierState(backend, config, s.image.images),
  finish(ops, { body, head }, s, { features, logits }) {
    finalNorm(ops, body, s);
    if (features) classAndMean(ops, s, features, body.config.hiddenSize);
    else pool(ops, body, s);
    const input = features ?? s.pooled;
    const { images } = s.image;
    // without labels the classifier is the identity, as in transformers
    if (!head.classifier || !logits) return { logits: { tensor: input, dims: [images, featureSize(body.config)] } };
    ops.linear(logits, input, head.classifier);
    return { logits: { tensor: logits, dims: [images, body.config.numLabels] } };
  },
};

function featureSize({ hiddenSize, family }: BeitConfig): number {
  return family.classAndMean ? 2 * hiddenSize : hiddenSize;
}

function classifierState(backend: Backend<Kinds>, config: BeitConfig, images: number): ClassifierState {
  return {
    features: config.family.classAndMean ? backend.alloc(images, featureSize(config)) : null,
    logits: config.numLabels > 0 ? backend.alloc(images, config.numLabels) : null,
  };
}

/** out = [class token ; mean of the patch tokens] of every image. */
function classAndMean(ops: ForwardOps<Kinds>, s: BeitState<Kinds>, out: Kinds['tensor'], dim: number): void {
  for (let b = 0; b < s.image.images; b++) {
    const row = ops.rows(out, b, b + 1);
    ops.copy(ops.cols(row, 0, dim), ops.rows(s.x, b * s.tokens, b * s.tokens + 1));
    ops.meanRows(ops.cols(row, dim, 2 * dim), patchTokens(ops, s.x, s, b));
  }
}
