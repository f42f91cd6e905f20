import type { Backend, Kinds } from '../../backend.ts';
import type { Grid } from '../../interpolate.ts';
import type { ForwardOps } from '../../model/beit/forward.ts';
import { conv1x1, conv3x3 } from '../../model/beit/heads/segmentation/convolution.ts';
import { allocBordered, type Map2d } from '../../model/beit/heads/segmentation/featureMaps.ts';
import type { Parameters } from '../../model/beit/params/parameters.ts';

type Linear = Kinds['linear'];

/** Sides of the four kernels of a block, in their order. */
export type KernelSizes = readonly [1 | 3, 1 | 3, 1 | 3, 1 | 3];

/** out = id(x) + gain · (four times ReLU, convolution)(x). */
export interface ResidualBlock {
  readonly from: number;
  readonly to: number;
  readonly kernels: KernelSizes;
  /** A 1×1 convolution where the number of channels changes. */
  readonly idPath: Linear | null;
  readonly convs: readonly Linear[];
}

export function residualBlock(
  p: Parameters<Kinds>,
  name: string,
  { from, to, kernels, gain }: { from: number; to: number; kernels: KernelSizes; gain: number },
): ResidualBlock {
  const inner = to / 4;
  const convs = kernels.map((kernel, i) => {
    const layer = `${name}.res_path.conv_${i + 1}`;
    const [n, c] = [i === 3 ? to : inner, i === 0 ? from : inner];
    const own = i === 3 ? gain : 1;
    return kernel === 3 ? conv3x3(p, layer, n, c, { gain: own }) : conv1x1(p, layer, n, c, own);
  });
  return { from, to, kernels, convs, idPath: from === to ? null : conv1x1(p, `${name}.id_path`, to, from) };
}

/** What a block works in: maps with a border, for 3×3 kernels. */
export interface BlockState {
  readonly rectified: Map2d; // `from` channels
  readonly inner: readonly Map2d[]; // two of to/4 channels, used in turns
}

export function blockState(backend: Backend<Kinds>, { from, to }: ResidualBlock, grid: Grid): BlockState {
  const inner = () => allocBordered(backend, grid, to / 4);
  return { rectified: allocBordered(backend, grid, from), inner: [inner(), inner()] };
}

/** `out` is x itself where the number of channels stays. */
export function runBlock(
  ops: ForwardOps<Kinds>,
  { convs, kernels, idPath }: ResidualBlock,
  { rectified, inner }: BlockState,
  out: Map2d,
  x: Map2d,
): void {
  // other maps had the same place before: the borders are cleared each time
  for (const map of [rectified, ...inner]) ops.clearBorder(map);
  ops.copyMap(rectified, x, 'relu');
  if (idPath) ops.conv1x1(out, x, idPath);
  for (const [i, w] of convs.entries()) {
    const source = i === 0 ? rectified : inner[(i - 1) % 2];
    const target = i === 3 ? out : inner[i % 2];
    const conv = kernels[i] === 3 ? ops.conv3x3 : ops.conv1x1;
    conv.call(ops, target, source, w, i === 3 ? 'add' : 'relu');
  }
}
