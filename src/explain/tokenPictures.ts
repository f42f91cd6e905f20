import { check } from '../errors.ts';
import { Tensor } from '../tensor.ts';

/** Normalized pixels of every visual token. */
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

type Normalization = { readonly mean: readonly number[]; readonly std: readonly number[] };

/** The value of channel c of pixel (x, y), 0 to 255. */
type Panel = (x: number, y: number, c: number) => number;

/**
 * What the model was shown, what it saw and what it made of it, side by side: the picture, the picture with hidden
 * patches gray, and the picture with hidden patches drawn from the codebook. Unit of the gap between: one patch.
 *
 * @param pixelValues [1, channels, height, width], normalized
 * @param mask [rows, cols] of patches, 1 where one was hidden
 * @param tokens [rows, cols], what is in the hidden ones
 * @throws `InvalidArgument` when grid, codebook and pixels do not fit each other
 * @example
 * const picture = maskedTriptych(pixelValues, filled.mask, filled.tokens, codebook, { mean, std });
 */
export function maskedTriptych(
  pixelValues: Tensor,
  mask: Tensor<'bool'>,
  tokens: Tensor<'int32'>,
  codebook: Codebook,
  { mean, std }: Normalization,
): RgbPicture {
  checkFit(pixelValues, mask, tokens, codebook);
  const [, channels, height, width] = pixelValues.dims;
  const { size } = codebook;
  const [rows, cols] = mask.dims;
  const color = (value: number, c: number) => 255 * (value * std[c] + mean[c]);
  const shown: Panel = (x, y, c) => color(pixelValues.data[(c * height + y) * width + x], c);
  /** The hidden patch behind a pixel, or −1; pixels behind the last whole patch belong to none. */
  const hiddenPatch = (x: number, y: number) => {
    const [row, col] = [Math.floor(y / size), Math.floor(x / size)];
    return row < rows && col < cols && mask.data[row * cols + col] ? row * cols + col : -1;
  };
  const seen: Panel = (x, y, c) => (hiddenPatch(x, y) < 0 ? shown(x, y, c) : 128);
  const predicted: Panel = (x, y, c) => {
    const patch = hiddenPatch(x, y);
    if (patch < 0) return shown(x, y, c);
    const plane = tokens.data[patch] * channels + c;
    return color(codebook.data[(plane * size + (y % size)) * size + (x % size)], c);
  };
  return sideBySide([shown, seen, predicted], width, height, size, channels);
}

/**
 * A picture that a tokenizer decoded from tokens [rows, cols], as a codebook with one entry a patch, enlarged to `size`
 * pixels, and the tokens that name its entries: what {@link maskedTriptych} draws from.
 */
export function decodedPatches(
  picture: RgbPicture | { data: Uint8Array; width: number; height: number; channels: number },
  [rows, cols]: readonly number[],
  size: number,
  { mean, std }: Normalization,
): { readonly codebook: Codebook; readonly tokens: Tensor<'int32'> } {
  const { channels, width } = picture;
  const patch = width / cols;
  const data = new Float32Array(rows * cols * channels * size * size); // [rows·cols, channels, size, size]
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [at % size, Math.floor(at / size) % size];
    const plane = Math.floor(at / (size * size));
    const [c, token] = [plane % channels, Math.floor(plane / channels)];
    const row = Math.floor(((Math.floor(token / cols) * size + y) * patch) / size);
    const column = Math.floor((((token % cols) * size + x) * patch) / size);
    data[at] = (picture.data[(row * width + column) * channels + c] / 255 - mean[c]) / std[c];
  }
  const tokens = new Tensor(
    'int32',
    Int32Array.from({ length: rows * cols }, (_, i) => i),
    [rows, cols],
  );
  return { codebook: { data, channels, size }, tokens };
}

function checkFit({ dims }: Tensor, mask: Tensor<'bool'>, tokens: Tensor<'int32'>, codebook: Codebook): void {
  const { channels, size } = codebook;
  const [, pixelChannels, height, width] = dims;
  const [rows, cols] = mask.dims;
  check(channels === pixelChannels && rows * size <= height && cols * size <= width, 'InvalidArgument', () => {
    return `Cannot draw ${rows}×${cols} tokens: a codebook of ${channels}×${size}×${size} does not fit pixels [${dims}]`;
  });
  check(mask.dims.join() === tokens.dims.join(), 'InvalidArgument', () => {
    return `Cannot draw tokens: expected [${mask.dims}], got [${tokens.dims}]`;
  });
  const count = codebook.data.length / (channels * size * size);
  const unknown = tokens.data.find((token) => token < 0 || token >= count);
  check(unknown === undefined, 'InvalidArgument', () => {
    return `Cannot draw token ${unknown}: the codebook holds ${count}`;
  });
}

/** Panels of one size on white; a picture of one channel becomes gray. */
function sideBySide(
  panels: readonly Panel[],
  width: number,
  height: number,
  gap: number,
  channels: number,
): RgbPicture {
  const pitch = panels.length * width + (panels.length - 1) * gap;
  const data = new Uint8Array(pitch * height * 3).fill(255); // [height, pitch, 3]
  for (const [i, panel] of panels.entries()) {
    for (let at = 0; at < width * height; at++) {
      const [x, y] = [at % width, Math.floor(at / width)];
      const pixel = 3 * (y * pitch + i * (width + gap) + x);
      for (let c = 0; c < 3; c++) data[pixel + c] = clamp(panel(x, y, Math.min(c, channels - 1)));
    }
  }
  return { data, width: pitch, height, channels: 3 };
}

function clamp(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}
