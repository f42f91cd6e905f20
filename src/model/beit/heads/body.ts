import type { Kinds } from '../../../backend.ts';
import type { Architecture, ModelParts, Output } from '../architecture.ts';
import { type ForwardOps, finalNorm, pool } from '../forward.ts';
import type { BeitState } from '../state.ts';

/** `BeitModel`: the body alone, with or without its pooler. */
export function bodyArchitecture(addPoolingLayer: boolean): Architecture<null, null> {
  return {
    name: 'BeitModel',
    variant: addPoolingLayer,
    prefix: '',
    parts: () => ({ pooler: addPoolingLayer, finalNorm: true }),
    params: () => null,
    state: () => null,
    finish(ops: ForwardOps<Kinds>, { body }: ModelParts<Kinds, null>, s: BeitState<Kinds>) {
      const { hiddenSize: dim } = body.config;
      const { images } = s.image;
      const outputs: Record<string, Output<Kinds>> = {};
      finalNorm(ops, body, s);
      outputs.lastHiddenState = { tensor: s.x, dims: [images, s.tokens, dim] };
      if (!addPoolingLayer) return outputs;
      pool(ops, body, s);
      outputs.poolerOutput = { tensor: s.pooled, dims: [images, dim] };
      return outputs;
    },
  };
}
