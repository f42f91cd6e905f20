import type { Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import { finalNorm, pool } from '../forward.ts';

interface PoolerParams {
  readonly dense: Kinds['linear']; // [dim, dim], followed by tanh
}

/** [B, dim] */
type PoolerState = Kinds['tensor'];

/** `BeitModel`: the body alone, with or without its pooler; that of ViT and DeiT has a linear layer. */
export function bodyArchitecture(addPoolingLayer: boolean): Architecture<PoolerParams | null, PoolerState | null> {
  return {
    name: 'BeitModel',
    variant: addPoolingLayer,
    hasPrefix: false,
    parts: () => ({ pooler: addPoolingLayer, finalNorm: true }),
    params: (p, { family, hiddenSize }) =>
      addPoolingLayer && family.densePooler ? { dense: p.linear('pooler.dense', hiddenSize, hiddenSize) } : null,
    state: (backend, { body, head }, s) => head && backend.alloc(s.image.images, body.config.hiddenSize),
    finish(ops, { body, head }, s, output) {
      const { hiddenSize: dim } = body.config;
      const { images } = s.image;
      finalNorm(ops, body, s);
      const lastHiddenState = { tensor: s.x, dims: [images, s.tokens, dim] };
      if (!addPoolingLayer) return { lastHiddenState };
      pool(ops, body, s);
      if (head) ops.linear(output, s.pooled, head.dense, 'tanh');
      return { lastHiddenState, poolerOutput: { tensor: output ?? s.pooled, dims: [images, dim] } };
    },
  };
}
