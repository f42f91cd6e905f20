import type { Backend, Kinds } from '../../backend.ts';
import type { BeitParams } from '../../model/beit/params/beitParams.ts';
import { type BeitState, beitState } from '../../model/beit/state.ts';
import type { SharedGradients } from './trained.ts';

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
  /** Embeddings before their norm, [B·T, dim], where a model has one. */
  readonly embedded: K['tensor'] | null;
  /** Hidden states [B·T, dim], from the embeddings to the last that heads read. */
  readonly hiddenStates: readonly K['tensor'][];
  /** One for each block, or one for all of them when the inside of a block is computed again. */
  readonly saved: readonly SavedBlock<K>[];
  readonly gradient: K['tensor']; // [B·T, dim], of the residual stream
  readonly branch: K['tensor']; // [B·T, dim], of a branch
  readonly dropped: K['tensor']; // [B·T, dim], a branch after dropout
  readonly dHidden: K['tensor']; // [B·T, mlpDim]
  /** The hidden layer behind a norm of its own, [B·T, mlpDim], where blocks have one. */
  readonly normedHidden: K['tensor'] | null;
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

/** What a state is made for. */
export interface StateOptions {
  readonly images: number;
  /** Unit: pixels. */
  readonly height: number;
  readonly width: number;
  readonly usedBlocks: number;
  /** The lowest block with a backward pass; below 0 where the embeddings have one too. */
  readonly firstTrained: number;
  readonly gradientCheckpointing: boolean;
  readonly pixels: boolean;
}

/** Reserves the buffers of a step. */
export function trainState<K extends Kinds>(
  backend: Backend<K>,
  params: BeitParams<K>,
  shared: SharedGradients<K>,
  options: StateOptions,
): TrainState<K> {
  const { hiddenSize: dim, intermediateSize: mlpDim, subNorms, preNorm } = params.config;
  const { images } = options;
  const body = beitState(backend, params, options);
  const [rows, patches] = [images * body.tokens, images * (body.tokens - body.prefixTokens)];
  const backs = options.usedBlocks - Math.max(0, options.firstTrained);
  const wide = () => backend.alloc(rows, mlpDim);
  const narrow = () => backend.alloc(rows, dim);
  return {
    body,
    embedded: preNorm ? narrow() : null,
    hiddenStates: hiddenStates(narrow, options),
    saved: Array.from({ length: options.gradientCheckpointing ? 1 : Math.max(1, backs) }, () => ({
      qkv: backend.alloc(rows, 3 * dim),
      attended: narrow(),
      middle: narrow(),
      hidden: wide(),
    })),
    gradient: narrow(),
    branch: narrow(),
    dropped: narrow(),
    dHidden: wide(),
    normedHidden: subNorms ? wide() : null,
    dPatches: backend.alloc(patches, dim),
    dPixels: options.pixels ? pixelGradients(backend, params, patches, options) : null,
    unmasked: backend.alloc(1, patches),
    pathFactors: backend.alloc(1, images),
    dTokens: shared.dTokens,
    dMaskToken: shared.dMaskToken,
    dTables: shared.dTables,
  };
}

/** Below the first trained block two tensors take turns: nothing goes back through them. */
function hiddenStates<T>(alloc: () => T, { firstTrained, usedBlocks }: StateOptions): T[] {
  const turns = [alloc(), alloc()];
  return Array.from({ length: usedBlocks + 1 }, (_, i) => (i < Math.max(0, firstTrained) ? turns[i % 2] : alloc()));
}

function pixelGradients<K extends Kinds>(
  backend: Backend<K>,
  { config: { numChannels: channels, patchSize } }: BeitParams<K>,
  patches: number,
  { images, height, width }: StateOptions,
) {
  return {
    patches: backend.alloc(patches, channels * patchSize * patchSize),
    pixels: backend.alloc(images, channels * height * width),
  };
}
