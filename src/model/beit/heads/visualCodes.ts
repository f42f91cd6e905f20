import type { Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import { patchTokens } from '../state.ts';

interface CodesParams {
  readonly norm: Kinds['norm'];
  readonly hidden: Kinds['linear']; // [dim, dim]
  readonly code: Kinds['linear']; // [codeDim, dim]
}

interface CodesState {
  readonly normed: Kinds['tensor']; // [B·N, dim]
  readonly hidden: Kinds['tensor']; // [B·N, dim]
  readonly codes: Kinds['tensor']; // [B·N, codeDim]
}

/** The encoder of BEiT v2's tokenizer (arXiv 2208.06366): a norm, a linear layer, tanh and a linear layer over every patch token. */
export function visualCodesArchitecture(codeDim: number): Architecture<CodesParams, CodesState> {
  return {
    name: 'VisualCodes',
    hasPrefix: false,
    parts: () => ({ pooler: false, finalNorm: false }),
    params: (p, { hiddenSize, layerNormEps }) => ({
      norm: p.norm('pooler.layernorm', hiddenSize, layerNormEps),
      hidden: p.linear('encode_task_layer.0', hiddenSize, hiddenSize),
      code: p.linear('encode_task_layer.2', codeDim, hiddenSize),
    }),
    state(backend, { body }, s) {
      const rows = s.image.images * (s.tokens - s.prefixTokens);
      const { hiddenSize } = body.config;
      return {
        normed: backend.alloc(rows, hiddenSize),
        hidden: backend.alloc(rows, hiddenSize),
        codes: backend.alloc(rows, codeDim),
      };
    },
    finish(ops, { head }, s, { normed, hidden, codes }) {
      const { images } = s.image;
      const patches = s.tokens - s.prefixTokens;
      for (let b = 0; b < images; b++) {
        ops.layerNorm(ops.rows(normed, b * patches, (b + 1) * patches), patchTokens(ops, s.x, s, b), head.norm);
      }
      ops.linear(hidden, normed, head.hidden, 'tanh');
      ops.linear(codes, hidden, head.code);
      return { lastHiddenState: { tensor: codes, dims: [images, patches, codeDim] } };
    },
  };
}
