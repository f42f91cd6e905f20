import type { AttentionShape, Backend, ImageShape, Kinds } from '../../backend.ts';
import { concatFloats } from '../../concatBytes.ts';
import type { Grid } from '../../interpolate.ts';
import type { BeitParams } from './params/beitParams.ts';
import { type Compatibility, relativeBiases, resizePositions } from './positions/positions.ts';

/** The input a state is made for. */
export interface InputShape {
  readonly images: number;
  /** Unit: pixels. */
  readonly height: number;
  readonly width: number;
  readonly compatibility?: Compatibility;
}

/** Every buffer the forward pass writes, for B images of N patches and T = P + N tokens (P prefix tokens), and what depends on the size. */
export interface BeitState<K extends Kinds> {
  readonly image: ImageShape;
  readonly grid: Grid;
  readonly tokens: number;
  /** Tokens before those of the patches: class token, distillation token, registers. */
  readonly prefixTokens: number;
  readonly pixels: K['tensor']; // [B, channels·height·width]
  readonly patches: K['tensor']; // [B·N, channels·patch²]
  readonly x: K['tensor']; // [B·T, dim] the residual stream
  readonly y: K['tensor']; // [B·T, dim] inside a branch
  readonly qkv: K['tensor']; // [B·T, 3·dim]
  readonly h: K['tensor']; // [B·T, mlpDim]
  readonly pooled: K['tensor']; // [B, dim]
  readonly prefix: K['tensor']; // [P, dim] the learned tokens before the patches
  readonly maskToken: K['tensor'] | null; // [1, dim]
  readonly positions: K['tensor'] | null; // [T, dim]
  readonly relativeBias: readonly (K['tensor'] | null)[]; // per block [heads, distances]
  readonly mask: K['tensor']; // [B, N], 1 where the patch is replaced by the mask token
  readonly headMask: K['tensor']; // [blocks, heads]
  /** Writes what depends on the parameters; call once after `commit`. */
  prepare(): void;
}

/** Reserves the buffers for one input shape. Nothing is written before `prepare`. */
export function beitState<K extends Kinds>(
  backend: Backend<K>,
  params: BeitParams<K>,
  input: InputShape,
): BeitState<K> {
  const { config } = params;
  const { hiddenSize: dim, patchSize, numChannels: channels, numAttentionHeads: heads } = config;
  const { images } = input;
  const grid = { height: Math.floor(input.height / patchSize), width: Math.floor(input.width / patchSize) };
  const patches = grid.height * grid.width;
  const { prefixTokens } = config;
  const tokens = prefixTokens + patches;
  const patchDim = channels * patchSize * patchSize;
  // before the first block: pixels → patches → x; inside a block: y → qkv → y → x, then y → h → x
  const [pixels, y] = inOnePlace(backend, [
    [images, channels * input.height * input.width],
    [images * tokens, dim],
  ]);
  const [patchRows, qkv, h] = inOnePlace(backend, [
    [images * patches, patchDim],
    [images * tokens, 3 * dim],
    [images * tokens, config.intermediateSize],
  ]);
  const sized = sizedTensors(backend, params, grid, input.compatibility);
  backend.planAttention(tokens, dim / heads);
  return {
    image: { images, channels, height: input.height, width: input.width },
    grid,
    tokens,
    prefixTokens,
    pixels,
    patches: patchRows,
    x: backend.alloc(images * tokens, dim),
    y,
    qkv,
    h,
    pooled: backend.alloc(images, dim),
    mask: backend.alloc(images, patches),
    headMask: backend.alloc(config.numHiddenLayers, heads),
    ...sized,
  };
}

/** Tensors [rows, cols] that are never needed at the same time. */
function inOnePlace<K extends Kinds>(backend: Backend<K>, sizes: readonly [number, number][]): K['tensor'][] {
  const start = backend.mark();
  let end = start;
  const tensors = sizes.map(([rows, cols]) => {
    backend.reset(start);
    const tensor = backend.alloc(rows, cols);
    end = Math.max(end, backend.mark());
    return tensor;
  });
  backend.reset(end);
  return tensors;
}

/** The tables and tokens that are resized to the grid, or simply repeated over images. */
function sizedTensors<K extends Kinds>(
  backend: Backend<K>,
  params: BeitParams<K>,
  grid: Grid,
  compatibility: Compatibility | undefined,
) {
  const { config, maskToken } = params;
  const { hiddenSize: dim, numAttentionHeads: heads } = config;
  const distances = (2 * grid.height - 1) * (2 * grid.width - 1) + 3;
  const shared = !config.useRelativePositionBias && config.useSharedRelativePositionBias;
  const own = config.useRelativePositionBias;
  const table = () => backend.alloc(heads, distances);
  const first = shared ? table() : null;
  const relativeBias = params.blocks.map(() => (own ? table() : first));
  const { prefixTokens } = config;
  const prefix = backend.alloc(prefixTokens, dim);
  const mask = maskToken && backend.alloc(1, dim);
  const positions = params.positions && backend.alloc(prefixTokens + grid.height * grid.width, dim);
  const prepare = () => {
    backend.write(prefix, concatFloats(params.prefix));
    if (mask && maskToken) backend.write(mask, maskToken);
    if (positions && params.positions) {
      const { positioned } = params;
      const shape = { dim, positioned, registers: prefixTokens - positioned, kernel: config.family.positionKernel };
      backend.write(positions, resizePositions(params.positions, shape, config.nativeGrid, grid));
    }
    const biases = relativeBiases(params, grid, compatibility);
    for (const [i, bias] of biases.entries()) {
      if (bias && (own || i === 0)) backend.writeRelativeBias(relativeBias[i]!, bias, grid);
    }
  };
  return { relativeBias, prefix, maskToken: mask, positions, prepare };
}

/** The patch tokens [N, cols] of image `b` in `t` [B·T, cols]. */
export function patchTokens<K extends Kinds>(
  backend: Pick<Backend<K>, 'rows'>,
  t: K['tensor'],
  { tokens, prefixTokens }: Pick<BeitState<K>, 'tokens' | 'prefixTokens'>,
  b: number,
): K['tensor'] {
  return backend.rows(t, b * tokens + prefixTokens, (b + 1) * tokens);
}

/** What attention in block `i` needs to know. */
export function attentionShape<K extends Kinds>(
  backend: Pick<Backend<K>, 'rows'>,
  params: BeitParams<K>,
  s: BeitState<K>,
  i: number,
  masked: boolean,
): AttentionShape<K> {
  return {
    images: s.image.images,
    tokens: s.tokens,
    heads: params.config.numAttentionHeads,
    grid: s.grid,
    relativeBias: s.relativeBias[i],
    headMask: masked ? backend.rows(s.headMask, i, i + 1) : null,
    quantized: params.quantized,
  };
}
