import type { Kinds } from '../../../backend.ts';
import type { Architecture } from '../architecture.ts';
import { finalNorm } from '../forward.ts';
import { patchTokens } from '../state.ts';

interface MaskedParams {
  readonly norm: Kinds['norm'];
  readonly lmHead: Kinds['linear']; // [vocab, dim]
}

interface MaskedState {
  readonly logits: Kinds['tensor']; // [B·N, vocab]
}

/** `BeitForMaskedImageModeling`: a norm and a linear layer over every patch token, telling visual tokens apart. */
export const maskedArchitecture: Architecture<MaskedParams, MaskedState> = {
  name: 'BeitForMaskedImageModeling',
  hasPrefix: true,
  parts: () => ({ pooler: false, finalNorm: true }),
  params: (p, { hiddenSize, vocabSize, layerNormEps }) => ({
    norm: p.norm('head.layernorm', hiddenSize, layerNormEps),
    lmHead: p.linear('lm_head', vocabSize, hiddenSize),
  }),
  state: (backend, { body }, s) => ({
    logits: backend.alloc(s.image.images * (s.tokens - s.prefixTokens), body.config.vocabSize),
  }),
  finish(ops, { body, head }, s, { logits }) {
    const { images } = s.image;
    const patches = s.tokens - s.prefixTokens;
    finalNorm(ops, body, s); // transformers 5 loses one of the two norms here; 4.57 has both
    ops.layerNorm(s.y, s.x, head.norm);
    for (let b = 0; b < images; b++) {
      ops.linear(ops.rows(logits, b * patches, (b + 1) * patches), patchTokens(ops, s.y, s, b), head.lmHead);
    }
    return { logits: { tensor: logits, dims: [images, patches, body.config.vocabSize] } };
  },
};
