import type { Kinds } from '../../../backend.ts';
import { patchTokens } from '../../../model/beit/state.ts';
import type { GradOps } from '../../gradOps.ts';
import type { FinalTokens } from './finalTokens.ts';
import type { HeadParts } from './trainHead.ts';

/** One vector an image: the class token, the mean of the patch tokens, or both side by side; then the pooler's norm. */
export interface Pooling<K extends Kinds> {
  readonly pooled: K['tensor']; // [B, dim or 2·dim]
  readonly dPooled: K['tensor'];
  forward(ops: GradOps<K>): void;
  /** Adds to the gradient of the tokens. */
  backward(ops: GradOps<K>): void;
}

export function pooling<K extends Kinds>(
  { backend, body, state }: HeadParts<K>,
  tokens: FinalTokens<K>,
  classAndMean = false,
): Pooling<K> {
  const { useMeanPooling, hiddenSize: dim } = body.config;
  const { image, tokens: count, prefixTokens } = state.body;
  const vectors = () => backend.alloc(image.images, classAndMean ? 2 * dim : dim);
  const norm = body.poolerNorm;
  const [raw, dRaw] = [vectors(), vectors()];
  const [pooled, dPooled] = norm ? [vectors(), vectors()] : [raw, dRaw];
  const takes = { token: classAndMean || !useMeanPooling, mean: classAndMean || useMeanPooling };
  const tokenPart = (t: K['tensor'], b: number) => backend.cols(backend.rows(t, b, b + 1), 0, dim);
  const meanPart = (t: K['tensor'], b: number) =>
    classAndMean ? backend.cols(backend.rows(t, b, b + 1), dim, 2 * dim) : backend.rows(t, b, b + 1);
  const firstToken = (t: K['tensor'], b: number) => backend.rows(t, b * count, b * count + 1);
  const patches = count - prefixTokens;
  return {
    pooled,
    dPooled,
    forward(ops) {
      for (let b = 0; b < image.images; b++) {
        if (takes.token) ops.copy(tokenPart(raw, b), firstToken(tokens.value, b));
        if (takes.mean) ops.meanRows(meanPart(raw, b), patchTokens(ops, tokens.value, state.body, b));
      }
      if (norm) ops.layerNorm(pooled, raw, norm);
    },
    backward(ops) {
      if (norm) ops.layerNormBackward(dRaw, dPooled, raw, norm);
      for (let b = 0; b < image.images; b++) {
        if (takes.token) ops.add(firstToken(tokens.gradient, b), tokenPart(dRaw, b));
        if (!takes.mean) continue;
        const to = patchTokens(ops, tokens.gradient, state.body, b);
        ops.spreadRows(to, meanPart(dRaw, b), 1 / patches, patches, 'add');
      }
    },
  };
}
