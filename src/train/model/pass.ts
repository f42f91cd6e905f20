import type { Activation } from '../../activations.ts';
import type { AttentionShape, Kinds } from '../../backend.ts';
import { embed, type ForwardOps } from '../../model/beit/forward.ts';
import type { BeitParams, BlockParams } from '../../model/beit/params/beitParams.ts';
import { attentionShape } from '../../model/beit/state.ts';
import type { GradOps } from '../gradOps.ts';
import type { Randomness } from './randomness.ts';
import type { SavedBlock, TrainState } from './trainState.ts';

/** What a pass through a block needs besides its tensors. */
interface BlockPass<K extends Kinds> {
  readonly ops: GradOps<K>;
  readonly params: BeitParams<K>;
  readonly state: TrainState<K>;
  readonly block: BlockParams<K>;
  readonly saved: SavedBlock<K>;
  readonly shape: AttentionShape<K>;
  readonly random: Randomness<K>;
  readonly index: number;
}

/** One step of training: what it computes with, and what it draws. */
export interface StepPass<K extends Kinds> {
  readonly ops: GradOps<K>;
  readonly params: BeitParams<K>;
  readonly state: TrainState<K>;
  readonly random: Randomness<K>;
  readonly masked: boolean;
  /** Writes `state.body.pixels` again: its place also holds what is inside a branch. */
  restorePixels(): void;
  /** The first block whose parameters are trained; blocks below it have no backward pass. */
  readonly firstTrained: number;
  /** Blocks whose output something reads. */
  readonly usedBlocks: number;
  /** Adds to `state.gradient` what the head knows of a hidden state that is not the last. */
  addHidden(index: number): void;
}

/**
 * pixels → the last hidden state, keeping what {@link backward} needs. The same ops as `forward.ts`, with the dropouts of
 * transformers' train mode; every hidden state stays where it is.
 */
export function* trainForward<K extends Kinds>(pass: StepPass<K>): Generator<void, void> {
  const { params, state, usedBlocks } = pass;
  const { hiddenStates } = state;
  embedForward(pass);
  yield;
  for (const [index, block] of params.blocks.slice(0, usedBlocks).entries()) {
    blockForward(blockPass(pass, block, index), hiddenStates[index], hiddenStates[index + 1]);
    yield;
  }
}

function embedForward<K extends Kinds>({ ops, params, state, random, masked }: StepPass<K>): void {
  const [first] = state.hiddenStates;
  const x = state.embedded ?? first;
  embed(ops as unknown as ForwardOps<K>, { ...params, preNorm: null }, { ...state.body, x }, masked);
  random.dropout(ops, x, x, 'embeddings', 0);
  if (params.preNorm) ops.layerNorm(first, x, params.preNorm);
}

/**
 * The gradient of the last hidden state in `state.gradient` → gradients of everything that is trained. With
 * `firstTrained` below 0 it goes on through the embeddings.
 */
export function* backward<K extends Kinds>(pass: StepPass<K>): Generator<void, void> {
  const { params, state, firstTrained, usedBlocks } = pass;
  const { hiddenStates } = state;
  const recomputed = state.saved.length === 1;
  for (let index = usedBlocks - 1; index >= Math.max(0, firstTrained); index--) {
    const block = blockPass(pass, params.blocks[index], index);
    // the block after this one has been through, so its input may hold what this block puts out
    if (recomputed && index < usedBlocks - 1) blockForward(block, hiddenStates[index], hiddenStates[index + 1]);
    blockBackward(block, hiddenStates[index]);
    pass.addHidden(index);
    yield;
  }
  if (firstTrained < 0) embedBackward(pass);
}

function blockPass<K extends Kinds>(pass: StepPass<K>, block: BlockParams<K>, index: number): BlockPass<K> {
  const { ops, params, state, random, usedBlocks } = pass;
  const shape = attentionShape(ops, params, state.body, index, false);
  // blocks without a backward pass share the place of the lowest that has one
  const saved = state.saved[Math.max(0, index - (usedBlocks - state.saved.length))];
  return { ops, params, state, block, saved, shape, random, index };
}

/** out = x + λ₁·proj(attention(norm₁ x)), then += λ₂·fc₂(activation(fc₁(norm₂ of it))); some have a norm before proj and fc₂. */
function blockForward<K extends Kinds>(pass: BlockPass<K>, x: K['tensor'], out: K['tensor']): void {
  const { ops, params, block, saved, shape, random, index } = pass;
  const { y, h } = pass.state.body;
  ops.layerNorm(y, x, block.norm1);
  ops.linear(saved.qkv, y, block.qkv);
  ops.attend(saved.attended, saved.qkv, shape, random.attentionKey(index));
  ops.copy(saved.middle, x);
  addBranch(pass, saved.middle, normedAttention(pass), block.proj, 'attention');
  ops.layerNorm(y, saved.middle, block.norm2);
  ops.linear(saved.hidden, y, block.fc1);
  ops.activate(h, saved.hidden, params.activation as Activation);
  ops.copy(out, saved.middle);
  addBranch(pass, out, normedHidden(pass), block.fc2, 'mlp');
}

/** What proj reads. */
function normedAttention<K extends Kinds>({ ops, state, block, saved }: BlockPass<K>): K['tensor'] {
  if (!block.attentionNorm) return saved.attended;
  ops.layerNorm(state.body.y, saved.attended, block.attentionNorm);
  return state.body.y;
}

/** What fc₂ reads; the hidden layer is in `h`. */
function normedHidden<K extends Kinds>({ ops, state, block }: BlockPass<K>): K['tensor'] {
  if (!block.mlpNorm) return state.body.h;
  ops.layerNorm(state.normedHidden!, state.body.h, block.mlpNorm);
  return state.normedHidden!;
}

/** out += what is left of w·x after dropout and drop path. */
function addBranch<K extends Kinds>(
  { ops, state, random, index }: BlockPass<K>,
  out: K['tensor'],
  x: K['tensor'],
  w: K['linear'],
  branch: 'attention' | 'mlp',
): void {
  if (!random.dropsBranch(index)) {
    ops.linear(out, x, w, 'add');
    return;
  }
  const { dropped } = state;
  ops.linear(dropped, x, w);
  random.dropout(ops, dropped, dropped, branch, index);
  random.dropPath(ops, dropped, dropped, branch, index, state.body.tokens);
  ops.add(out, dropped);
}

/** `state.gradient`, of the output of the block, becomes that of its input `x`. */
function blockBackward<K extends Kinds>(pass: BlockPass<K>, x: K['tensor']): void {
  const { ops, params, state, block, saved, shape, random, index } = pass;
  const { gradient: dx, branch: dy, dHidden, body } = state;
  const { y, h, qkv: dqkv } = body;
  const activation = params.activation as Activation;
  ops.activate(h, saved.hidden, activation);
  ops.linearBackward(dHidden, branchGradient(pass, 'mlp'), normedHidden(pass), block.fc2);
  if (block.mlpNorm) ops.layerNormBackward(state.normedHidden!, dHidden, h, block.mlpNorm);
  ops.activationBackward(dHidden, block.mlpNorm ? state.normedHidden! : dHidden, saved.hidden, activation);
  ops.layerNorm(y, saved.middle, block.norm2);
  ops.linearBackward(dy, dHidden, y, block.fc1);
  ops.layerNormBackward(dx, dy, saved.middle, block.norm2, 'add');

  ops.linearBackward(dy, branchGradient(pass, 'attention'), normedAttention(pass), block.proj);
  if (block.attentionNorm) ops.layerNormBackward(state.dropped, dy, saved.attended, block.attentionNorm);
  const dOut = block.attentionNorm ? state.dropped : dy;
  ops.attendBackward(dqkv, dOut, saved.qkv, shape, state.dTables[index], random.attentionKey(index));
  ops.layerNorm(y, x, block.norm1);
  ops.linearBackward(dy, dqkv, y, block.qkv);
  ops.layerNormBackward(dx, dy, x, block.norm1, 'add');
}

/** The gradient of a branch: that of the residual stream, where nothing is dropped. */
function branchGradient<K extends Kinds>(
  { ops, state, random, index }: BlockPass<K>,
  branch: 'attention' | 'mlp',
): K['tensor'] {
  const { gradient, dropped } = state;
  if (!random.dropsBranch(index)) return gradient;
  ops.copy(dropped, gradient);
  random.dropPath(ops, dropped, dropped, branch, index, state.body.tokens);
  random.dropout(ops, dropped, dropped, branch, index);
  return dropped;
}

/** From `state.gradient`, of the embeddings, to tokens, positions, mask token and patch projection. */
function embedBackward<K extends Kinds>(pass: StepPass<K>): void {
  const { ops, params, state, random, masked } = pass;
  const { body, gradient, dPatches } = state;
  const { tokens, prefixTokens, image } = body;
  const [patches, { images }] = [tokens - prefixTokens, image];
  if (params.preNorm) {
    ops.layerNormBackward(state.branch, gradient, state.embedded!, params.preNorm);
    ops.copy(gradient, state.branch);
  }
  random.dropout(ops, gradient, gradient, 'embeddings', 0);
  sumImages(pass);
  for (let b = 0; b < images; b++) {
    const part = ops.rows(dPatches, b * patches, (b + 1) * patches);
    ops.copy(part, ops.rows(gradient, b * tokens + prefixTokens, (b + 1) * tokens));
  }
  if (masked && body.maskToken) {
    // body.mask is [B, N]: one factor a row of dPatches
    ops.sumRows(state.dMaskToken, dPatches, body.mask, 'add');
    ops.scaleRows(dPatches, dPatches, state.unmasked, 1);
  }
  pass.restorePixels();
  ops.patchify(body.patches, body.pixels, image, params.config.patchSize);
  ops.linearBackward(state.dPixels?.patches ?? null, dPatches, body.patches, params.patch);
  if (state.dPixels) ops.unpatchify(state.dPixels.pixels, state.dPixels.patches, image, params.config.patchSize);
}

/** Tokens and positions have one row for all images: their gradient is the sum over the images, [T, dim]. */
function sumImages<K extends Kinds>({ ops, state }: StepPass<K>): void {
  const { body, gradient, dTokens } = state;
  for (let b = 0; b < body.image.images; b++) {
    ops.add(dTokens, ops.rows(gradient, b * body.tokens, (b + 1) * body.tokens));
  }
}
