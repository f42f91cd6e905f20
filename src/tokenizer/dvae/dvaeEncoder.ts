import type { Backend, Kinds } from '../../backend.ts';
import type { Grid } from '../../interpolate.ts';
import { conv1x1 } from '../../model/beit/heads/segmentation/convolution.ts';
import { allocMap, type Map2d, mapIn } from '../../model/beit/heads/segmentation/featureMaps.ts';
import type { Parameters } from '../../model/beit/params/parameters.ts';
import { type DvaeSizes, GROUPS, groupParams, groupStates, runGroup } from './groups.ts';

/** Side of the first convolution. */
const KERNEL = 7;

/** What an encoder is on a backend: its weights, and how to make its buffers. */
export type DvaeEncoder = ReturnType<typeof dvaeEncoder>;

/**
 * The encoder of DALL-E's discrete VAE (arXiv 2102.12092): a 7×7 convolution, four groups of residual blocks with a 2×2
 * max pooling between them, and the logits of the vocabulary at an eighth of the size.
 */
export function dvaeEncoder(p: Parameters<Kinds>, sizes: DvaeSizes) {
  const { channels, first, widths, vocabSize } = sizes;
  const shape = [first, channels, KERNEL, KERNEL];
  return {
    sizes,
    input: p.linear('blocks.input', first, channels * KERNEL * KERNEL, { shape }),
    groups: groupParams(p, sizes, [3, 3, 3, 1]),
    output: conv1x1(p, 'blocks.output.conv', vocabSize, widths[GROUPS - 1]),
  };
}

/** Buffers for one picture of h × w pixels, both multiples of 8. */
export function encoderState(backend: Backend<Kinds>, { sizes, groups }: DvaeEncoder, { height, width }: Grid) {
  const grids = groups.map((_, g) => ({ height: height >> g, width: width >> g }));
  const last = grids[GROUPS - 1];
  return {
    grid: last,
    neighborhoods: allocMap(backend, grids[0], sizes.channels * KERNEL * KERNEL),
    groups: groupStates(backend, groups, grids),
    rectified: allocMap(backend, last, sizes.widths[GROUPS - 1]),
    logits: allocMap(backend, last, sizes.vocabSize),
  };
}

export type EncoderState = ReturnType<typeof encoderState>;

/** Pixels [channels, h, w], mapped → `logits`. It pauses between groups, so that others may run. */
export function* encodePixels(
  backend: Backend<Kinds>,
  model: DvaeEncoder,
  s: EncoderState,
  pixels: Float32Array,
): Generator<void, Map2d> {
  backend.write(s.neighborhoods.tensor, neighborhoods(pixels, model.sizes.channels, s.neighborhoods));
  backend.conv1x1(s.groups[0].input, s.neighborhoods, model.input);
  for (const [g, blocks] of model.groups.entries()) {
    if (g > 0) backend.maxPool(s.groups[g].input, s.groups[g - 1].output);
    runGroup(backend, blocks, s.groups[g]);
    yield;
  }
  backend.copyMap(s.rectified, s.groups[GROUPS - 1].output, 'relu');
  const logits = mapIn(s.logits.tensor, s.grid);
  backend.conv1x1(logits, s.rectified, model.output);
  return logits;
}

/** The 7×7 pixels around every pixel, zero outside of the picture: [h·w, channels·7·7]. */
export function neighborhoods(pixels: Float32Array, channels: number, { height, width }: Grid): Float32Array {
  const out = new Float32Array(height * width * channels * KERNEL * KERNEL);
  const reach = KERNEL >> 1;
  let at = 0;
  // pixels of the picture, then channels, then rows of the kernel
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        for (let v = y - reach; v <= y + reach; v++, at += KERNEL) {
          if (v < 0 || v >= height) continue;
          const row = (c * height + v) * width;
          const left = Math.max(x - reach, 0);
          const right = Math.min(x + reach + 1, width);
          out.set(pixels.subarray(row + left, row + right), at + left - (x - reach));
        }
      }
    }
  }
  return out;
}
