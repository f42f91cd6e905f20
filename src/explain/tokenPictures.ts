import { check } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

/** Normalised pixels of every visual token. */
export interface Codebook {
  readonly data: Float32Array; // [tokens, channels, size, size]
  readonly size: number;
  readonly channels: number;
}

/** An RGB picture. */
export interface RgbPicture {
  readonly data: Uint8Array; // [height, width, 3]
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

type Normalisation = { readonly mean: readonly number[]; readonly std: readonly number[] };

/**
 * What the model was shown, what it saw and what it made of it, side by side: the picture, the picture with hidden
 * patches grey, and the picture with hidden patches drawn from the codebook.
 *
 * @param pixelValues [1, channels, height, width], normalised
 * @example
 * const picture = maskedTriptych(pixelValues, filled.mask, filled.tokens, codebook, { mean, std });
 */
export function maskedTriptych(
  pixelValues: Tensor,
  mask: Tensor<'bool'>,
  tokens: Tensor<'int32'>,
  codebook: Codebook,
  normalisation: Normalisation,
): RgbPicture {
  const [, channels, height, width] = pixelValues.dims;
  const { size } = codebook;
  check(codebook.channels === channels && mask.dims[1] * size <= width, 'InvalidArgument', () => {
    return `Cannot draw tokens: a codebook of ${codebook.channels}×${size}×${size} does not fit pixels [${pixelValues.dims}]`;
  });
  const gap = size;
  const out = new Uint8Array((3 * width + 2 * gap) * height * 3).fill(255);
  const colour = (value: number, c: number) => 255 * (value * normalisation.std[c] + normalisation.mean[c]);
  const panels = [shown, hidden, predicted];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [panel, value] of panels.entries()) {
        const at = 3 * (y * (3 * width + 2 * gap) + panel * (width + gap) + x);
        for (let c = 0; c < 3; c++) out[at + c] = clamp(value(x, y, Math.min(c, channels - 1)));
      }
    }
  }
  return { data: out, width: 3 * width + 2 * gap, height, channels: 3 };

  function patchAt(x: number, y: number): number {
    return Math.floor(y / size) * mask.dims[1] + Math.floor(x / size);
  }
  function shown(x: number, y: number, c: number): number {
    return colour(pixelValues.data[(c * height + y) * width + x], c);
  }
  function hidden(x: number, y: number, c: number): number {
    return mask.data[patchAt(x, y)] ? 128 : shown(x, y, c);
  }
  function predicted(x: number, y: number, c: number): number {
    const patch = patchAt(x, y);
    if (!mask.data[patch]) return shown(x, y, c);
    const row = tokens.data[patch] * channels + c;
    return colour(codebook.data[(row * size + (y % size)) * size + (x % size)], c);
  }
}

function clamp(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}
