import type { Kinds } from '../../../backend.ts';
import { patchTokens } from '../../../model/beit/state.ts';
import { finalTokens } from './finalTokens.ts';
import type { HeadParts, TrainedClass, TrainHead } from './trainHead.ts';

/** `BeitForMaskedImageModeling`: logits = lm_head(norm(final norm of every patch token)). */
export const trainedMasked: TrainedClass = { head: maskedHead, hasUse: () => true };

function maskedHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { backend, body, params, state } = parts;
  const { hiddenSize: dim, vocabSize } = body.config;
  const { norm, lmHead } = params as { norm: K['norm']; lmHead: K['linear'] };
  const { image, tokens: count, prefixTokens } = state.body;
  const [{ images }, patches] = [image, count - prefixTokens];
  const tokens = finalTokens(parts);
  const [y, dy] = [backend.alloc(images * count, dim), backend.alloc(images * count, dim)];
  const scores = () => backend.alloc(images * patches, vocabSize);
  const logits = { value: scores(), gradient: scores(), dims: [images, patches, vocabSize] };
  const ofImage = (t: K['tensor'], b: number) => backend.rows(t, b * patches, (b + 1) * patches);
  return {
    outputs: { logits },
    features: null,
    pool(ops) {
      tokens.forward(ops);
      ops.layerNorm(y, tokens.value, norm);
    },
    classify(ops) {
      for (let b = 0; b < images; b++) {
        ops.linear(ofImage(logits.value, b), patchTokens(ops, y, state.body, b), lmHead);
      }
    },
    classifyBackward(ops) {
      ops.clear(dy);
      for (let b = 0; b < images; b++) {
        const [d, x] = [patchTokens(ops, dy, state.body, b), patchTokens(ops, y, state.body, b)];
        ops.linearBackward(d, ofImage(logits.gradient, b), x, lmHead);
      }
    },
    poolBackward(ops) {
      ops.layerNormBackward(tokens.gradient, dy, tokens.value, norm);
      tokens.backward(ops);
    },
  };
}
