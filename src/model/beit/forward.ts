import type { AttentionShape, Backend, Kinds, Ops } from '../../backend.ts';
import type { BeitParams, BlockParams } from './params/beitParams.ts';
import { attentionShape, type BeitState, patchTokens } from './state.ts';

/** What the pass can see of a backend: its ops and its views, never its memory. */
export type ForwardOps<K extends Kinds> = Ops<K> & Pick<Backend<K>, 'rows' | 'cols'>;

/** Which optional inputs have been written to the state. */
export interface Switches {
  readonly masked: boolean;
  readonly headMasked: boolean;
}

/**
 * A place where the pass pauses, so that its driver may read an intermediate, look at an abort signal or let others run:
 * hidden state `index` is in `state.x`, or block `index` is about to attend to `state.qkv`.
 */
export type Pause<K extends Kinds> =
  | { readonly at: 'hiddenState'; readonly index: number }
  | { readonly at: 'attention'; readonly index: number; readonly shape: AttentionShape<K> };

/**
 * pixels → the last hidden state in `state.x`, before any final norm. Everything it touches is in `params` and `state`.
 * Follows "BEiT: BERT Pre-Training of Image Transformers" (arXiv 2106.08254) as transformers computes it.
 */
export function* forward<K extends Kinds>(
  ops: ForwardOps<K>,
  params: BeitParams<K>,
  state: BeitState<K>,
  switches: Switches,
): Generator<Pause<K>, void> {
  embed(ops, params, state, switches.masked);
  yield { at: 'hiddenState', index: 0 };
  for (const [index, block] of params.blocks.entries()) {
    const shape = attentionShape(ops, params, state, index, switches.headMasked);
    ops.layerNorm(state.y, state.x, block.norm1);
    ops.linear(state.qkv, state.y, block.qkv);
    yield { at: 'attention', index, shape };
    attendAndTransform(ops, params, block, state, shape);
    yield { at: 'hiddenState', index: index + 1 };
  }
}

/** x = [prefix tokens; patches·W + b] (+ positions) (, normalized); masked patches become the mask token before positions are added. */
export function embed<K extends Kinds>(ops: ForwardOps<K>, p: BeitParams<K>, s: BeitState<K>, masked: boolean): void {
  const { tokens, prefixTokens } = s;
  const patches = tokens - prefixTokens;
  ops.patchify(s.patches, s.pixels, s.image, p.config.patchSize);
  for (let b = 0; b < s.image.images; b++) {
    const x = ops.rows(s.x, b * tokens, (b + 1) * tokens);
    const xPatches = ops.rows(x, prefixTokens, tokens);
    if (prefixTokens > 0) ops.copy(ops.rows(x, 0, prefixTokens), s.prefix);
    ops.linear(xPatches, ops.rows(s.patches, b * patches, (b + 1) * patches), p.patch);
    if (masked && s.maskToken) ops.blend(xPatches, s.maskToken, ops.rows(s.mask, b, b + 1));
    if (s.positions) ops.add(x, s.positions);
    if (p.preNorm) ops.layerNorm(x, x, p.preNorm);
  }
}

/** x += λ₁·proj(attention); x += λ₂·mlp(norm₂(x)). Both λ are output scales of their linear layer. */
function attendAndTransform<K extends Kinds>(
  ops: ForwardOps<K>,
  params: BeitParams<K>,
  block: BlockParams<K>,
  s: BeitState<K>,
  shape: AttentionShape<K>,
): void {
  ops.attention(s.y, s.qkv, shape);
  if (block.attentionNorm) ops.layerNorm(s.y, s.y, block.attentionNorm);
  ops.linear(s.x, s.y, block.proj, 'add');
  ops.layerNorm(s.y, s.x, block.norm2);
  ops.linear(s.h, s.y, block.fc1, params.activation);
  if (block.mlpNorm) ops.layerNorm(s.h, s.h, block.mlpNorm);
  ops.linear(s.x, s.h, block.fc2, 'add');
}

/** The last hidden state: normalized in place unless the norm is that of the pooled vector. */
export function finalNorm<K extends Kinds>(ops: ForwardOps<K>, p: BeitParams<K>, s: BeitState<K>): void {
  if (p.norm) ops.layerNorm(s.x, s.x, p.norm);
}

/** pooled = norm(mean of the patch tokens), or the class token. */
export function pool<K extends Kinds>(ops: ForwardOps<K>, p: BeitParams<K>, s: BeitState<K>): void {
  for (let b = 0; b < s.image.images; b++) {
    const pooled = ops.rows(s.pooled, b, b + 1);
    if (p.config.useMeanPooling) ops.meanRows(pooled, patchTokens(ops, s.x, s, b));
    else ops.copy(pooled, ops.rows(s.x, b * s.tokens, b * s.tokens + 1));
  }
  if (p.poolerNorm) ops.layerNorm(s.pooled, s.pooled, p.poolerNorm);
}
