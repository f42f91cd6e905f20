import type { Kinds } from '../../../backend.ts';
import { finalTokens } from './finalTokens.ts';
import { pooling } from './pooling.ts';
import type { HeadParts, TrainedClass, TrainHead } from './trainHead.ts';

/** `BeitModel`: the tokens behind the final norm and the pooled vector, each with a gradient that the caller gives. */
export const trainedBody: TrainedClass = { head: bodyHead, hasUse: () => true };

function bodyHead<K extends Kinds>(parts: HeadParts<K>): TrainHead<K> {
  const { backend, body, params, state } = parts;
  const dim = body.config.hiddenSize;
  const { image, tokens: count } = state.body;
  const { images } = image;
  const tokens = finalTokens(parts);
  const vector = pooling(parts, tokens);
  // ViT and DeiT: tanh of a linear layer
  const dense = (params as { dense: K['linear'] } | null)?.dense;
  const [linear, value, gradient] = dense ? [0, 1, 2].map(() => backend.alloc(images, dim)) : [];
  const lastHiddenState = { value: tokens.value, gradient: tokens.gradient, dims: [images, count, dim] };
  const pooler = { value: value ?? vector.pooled, gradient: gradient ?? vector.dPooled, dims: [images, dim] };
  return {
    outputs: { lastHiddenState, poolerOutput: pooler },
    features: null,
    pool(ops) {
      tokens.forward(ops);
      vector.forward(ops);
    },
    classify(ops) {
      if (!dense) return;
      ops.linear(linear, vector.pooled, dense);
      ops.activate(value, linear, 'tanh');
    },
    classifyBackward(ops) {
      if (!dense) return;
      ops.activationBackward(gradient, gradient, linear, 'tanh');
      ops.linearBackward(vector.dPooled, gradient, vector.pooled, dense);
    },
    poolBackward(ops) {
      vector.backward(ops);
      tokens.backward(ops);
    },
  };
}
