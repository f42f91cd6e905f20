import type { Kinds } from '../../../backend.ts';
import type { GradOps } from '../../gradOps.ts';
import type { HeadParts } from './trainHead.ts';

/** The last hidden state behind the final norm, where a model has one. */
export interface FinalTokens<K extends Kinds> {
  readonly value: K['tensor']; // [B·T, dim]
  /** Shares its place with `state.gradient` where there is no norm. */
  readonly gradient: K['tensor'];
  forward(ops: GradOps<K>): void;
  /** From `gradient` to `state.gradient`. */
  backward(ops: GradOps<K>): void;
}

export function finalTokens<K extends Kinds>({ backend, body, state }: HeadParts<K>): FinalTokens<K> {
  const { norm, config } = body;
  const last = state.hiddenStates.at(-1)!;
  if (!norm) return { value: last, gradient: state.gradient, forward: () => {}, backward: () => {} };
  const rows = state.body.image.images * state.body.tokens;
  const [value, gradient] = [backend.alloc(rows, config.hiddenSize), backend.alloc(rows, config.hiddenSize)];
  return {
    value,
    gradient,
    forward: (ops) => ops.layerNorm(value, last, norm),
    backward: (ops) => ops.layerNormBackward(state.gradient, gradient, last, norm),
  };
}
