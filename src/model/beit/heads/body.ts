import type { Kinds } from '../../../backend.ts';
import type { Architecture, Output } from '../architecture.ts';
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
      const outputs: Record<string, Output<Kinds>> = {};
      finalNorm(ops, body, s);
      outputs.lastHiddenState = { tensor: s.x, dims: [images, s.tokens, dim] };
      if (!addPoolingLayer) return outputs;
      pool(ops, body, s);
      if (head) ops.linear(output, s.pooled, head.dense, 'tanh');
      outputs.poolerOutput = { tensor: output ?? s.pooled, dims: [images, dim] };
      return outputs;
    },
  };
}
