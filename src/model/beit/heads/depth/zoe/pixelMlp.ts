import type { Kinds } from '../../../../../backend.ts';
import type { ForwardOps } from '../../../forward.ts';
import type { Parameters } from '../../../params/parameters.ts';
import { conv1x1 } from '../../segmentation/convolution.ts';
import { channels, type Map2d } from '../../segmentation/featureMaps.ts';

/** conv(relu(conv(x))) of every pixel, or with another activation between. */
export interface PixelMlp {
  readonly first: Kinds['linear']; // [inner, in]
  readonly second: Kinds['linear']; // [out, inner]
  readonly inner: number;
}

/** Names of its two convolutions. */
const CONVS = ['conv1', 'conv2'] as const;

export function pixelMlp(
  p: Parameters<Kinds>,
  name: string,
  [input, inner, output]: readonly [number, number, number],
  [first, second]: readonly [string, string] = CONVS,
): PixelMlp {
  return {
    first: conv1x1(p, `${name}.${first}`, inner, input),
    second: conv1x1(p, `${name}.${second}`, output, inner),
    inner,
  };
}

/** `hidden` has at least `inner` channels. */
export function runPixelMlp(
  ops: ForwardOps<Kinds>,
  out: Map2d,
  x: Map2d,
  { first, second, inner }: PixelMlp,
  hidden: Map2d,
  activation: 'relu' | 'gelu' = 'relu',
): void {
  const middle = channels(ops, hidden, 0, inner);
  ops.conv1x1(middle, x, first, activation);
  ops.conv1x1(out, middle, second);
}
