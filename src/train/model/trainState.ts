import type { Kinds } from '../../backend.ts';
import type { BeitState } from '../../model/beit/state.ts';

/** What the forward pass of a block keeps for its backward pass; T tokens, B images. */
export interface SavedBlock<K extends Kinds> {
  readonly qkv: K['tensor']; // [B·T, 3·dim]
  readonly attended: K['tensor']; // [B·T, dim]
  readonly middle: K['tensor']; // [B·T, dim] between the two branches
  readonly hidden: K['tensor']; // [B·T, mlpDim] before the activation
}

/** The buffers of a training step, besides those of {@link BeitState}. */
export interface TrainState<K extends Kinds> {
  readonly body: BeitState<K>;
  /** depth + 1 hidden states [B·T, dim]; the last is what the heads read. */
  readonly hiddenStates: readonly K['tensor'][];
  /** One for each block, or one for all of them when the inside of a block is computed again. */
  readonly saved: readonly SavedBlock<K>[];
  readonly gradient: K['tensor']; // [B·T, dim], of the residual stream
  readonly branch: K['tensor']; // [B·T, dim], of a branch
  readonly dropped: K['tensor']; // [B·T, dim], a branch after dropout
  readonly dHidden: K['tensor']; // [B·T, mlpDim]
  readonly dPatches: K['tensor']; // [B·N, dim]
  /** Where gradients of pixels are asked for: of the flattened patches [B·N, C·patch²], and of the pixels [B, C·H·W]. */
  readonly dPixels: { readonly patches: K['tensor']; readonly pixels: K['tensor'] } | null;
  readonly unmasked: K['tensor']; // [1, B·N], 1 where the patch is seen
  readonly pathFactors: K['tensor']; // [1, B], 0 or 1/keep for each image
  /** Gradients of what is summed over images: [T, dim] for prefix tokens and positions, [1, dim] for the mask token. */
  readonly dTokens: K['tensor'];
  readonly dMaskToken: K['tensor'];
  /** For each block the gradient of its relative bias [heads, distances]; the same tensor where it is shared. */
  readonly dTables: readonly (K['tensor'] | null)[];
}
