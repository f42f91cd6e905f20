import type { Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import { finalNorm, pool } from '../forward.ts';

interface PoolerParams {
  readonly dense: Kinds['linear'] | null; // [dim, dim], followed by tanh; of ViT and DeiT alone
  /** Whether the file had it. */
  isThere(): boolean;
}

/** `auto`: with it where the weights have one. */
export type WithPooler = boolean | 'auto';
const OPTIONAL = 'pooler.';

/** [B, dim] */
type PoolerState = Kinds['tensor'];

/** `BeitModel`: the body alone, with or without its pooler; that of ViT and DeiT has a linear layer. */
export function bodyArchitecture(addPoolingLayer: WithPooler): Architecture<PoolerParams | null, PoolerState | null> {
  return {
    name: 'BeitModel',
    variant: addPoolingLayer,
    hasPrefix: false,
    optional: addPoolingLayer === 'auto' ? OPTIONAL : undefined,
    parts: () => ({ pooler: addPoolingLayer !== false, finalNorm: true }),
    params(p, { family, hiddenSize }) {
      if (!addPoolingLayer) return null;
      const dense = family.densePooler ? p.linear('pooler.dense', hiddenSize, hiddenSize) : null;
      const names = [...p.slots.keys()].filter((name) => name.startsWith(OPTIONAL));
      return { dense, isThere: () => names.every((name) => p.slots.has(name)) };
    },
    state: (backend, { body, head }, s) => (head?.dense ? backend.alloc(s.image.images, body.config.hiddenSize) : null),
    finish(ops, { body, head }, s, output) {
      const { hiddenSize: dim } = body.config;
      const { images } = s.image;
      finalNorm(ops, body, s);
      const lastHiddenState = { tensor: s.x, dims: [images, s.tokens, dim] };
      if (!head?.isThere()) return { lastHiddenState };
      pool(ops, body, s);
      if (head.dense) ops.linear(output, s.pooled, head.dense, 'tanh');
      return { lastHiddenState, poolerOutput: { tensor: output ?? s.pooled, dims: [images, dim] } };
    },
  };
}
