import type { Backend, Kinds } from '../../backend.ts';
import type { Grid } from '../../interpolate.ts';
import { conv1x1 } from '../../model/beit/heads/segmentation/convolution.ts';
import { allocMap, type Map2d, phase, scaled } from '../../model/beit/heads/segmentation/featureMaps.ts';
import type { Parameters } from '../../model/beit/params/parameters.ts';
import { type DvaeSizes, GROUPS, groupParams, groupStates, runGroup } from './groups.ts';

/** What a decoder is on a backend: its weights, and how to make its buffers. */
export type DvaeDecoder = ReturnType<typeof dvaeDecoder>;

/**
 * The decoder of DALL-E's discrete VAE: a vector a token, four groups of residual blocks with a doubling of the size
 * between them, and for every pixel the location and the scale of its channels; the scale is not used.
 */
export function dvaeDecoder(p: Parameters<Kinds>, sizes: DvaeSizes) {
  const { channels, first, widths, vocabSize } = sizes;
  return {
    sizes,
    // a 1×1 convolution of one-hot vectors: the column of each token, and a bias
    columns: p.vector('blocks.input.weight', [first, vocabSize, 1, 1], 'normal'),
    bias: p.vector('blocks.input.bias', [first], 'zeros'),
    groups: groupParams(p, sizes, [1, 3, 3, 3]),
    output: conv1x1(p, 'blocks.output.conv', 2 * channels, widths[GROUPS - 1]),
  };
}

/** Buffers for one grid of tokens. */
export function decoderState(backend: Backend<Kinds>, { sizes, groups }: DvaeDecoder, grid: Grid) {
  const grids = groups.map((_, g) => scaled(grid, 2 ** g));
  const last = grids[GROUPS - 1];
  return {
    grid: last,
    vectors: allocMap(backend, grid, sizes.first),
    groups: groupStates(backend, groups, grids),
    rectified: allocMap(backend, last, sizes.widths[GROUPS - 1]),
    pixels: allocMap(backend, last, 2 * sizes.channels),
  };
}

export type DecoderState = ReturnType<typeof decoderState>;

/** Tokens of the grid → `pixels`, [h·w, 2·channels] behind a sigmoid. It pauses between groups, so that others may run. */
export function* decodeTokens(
  backend: Backend<Kinds>,
  model: DvaeDecoder,
  s: DecoderState,
  tokens: Int32Array,
): Generator<void, Map2d> {
  backend.write(s.vectors.tensor, vectorsOf(model, tokens));
  backend.copyMap(s.groups[0].input, s.vectors);
  for (const [g, blocks] of model.groups.entries()) {
    if (g > 0) doubled(backend, s.groups[g].input, s.groups[g - 1].output);
    runGroup(backend, blocks, s.groups[g]);
    yield;
  }
  backend.copyMap(s.rectified, s.groups[GROUPS - 1].output, 'relu');
  backend.conv1x1(s.pixels, s.rectified, model.output, 'sigmoid');
  return s.pixels;
}

/** Every pixel four times. */
function doubled(backend: Backend<Kinds>, out: Map2d, x: Map2d): void {
  for (const i of [0, 1, 2, 3]) backend.copyMap(phase(out, i >> 1, i & 1), x);
}

function vectorsOf({ sizes, columns, bias }: DvaeDecoder, tokens: Int32Array): Float32Array {
  const { first, vocabSize } = sizes;
  const vectors = new Float32Array(tokens.length * first); // [tokens, first]
  for (const [i, token] of tokens.entries()) {
    for (let c = 0; c < first; c++) vectors[i * first + c] = columns[c * vocabSize + token] + bias[c];
  }
  return vectors;
}
