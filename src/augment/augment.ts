import type { RawPicture } from '../image/picture.ts';
import type { RgbPixels } from '../image/pixels.ts';
import { exp, ln } from '../math.ts';
import type { RandomStream } from '../randomStream.ts';
import { type AffineOptions, mapAffine } from './affine.ts';
import { type ColorJitter, jitterColors, jitterOf } from './colorJitter.ts';

/** What is done to a picture before it is resized, and to the pixels after it. */
export interface AugmentOptions {
  /** Flips half of the pictures from left to right. Default false: digits and letters must not be flipped. */
  readonly flip?: boolean | undefined;
  /** Cuts out a random part with at least this share of the area, sides 3:4 to 4:3. Default 1, which is off. */
  readonly minimumCrop?: number | undefined;
  /** Turns, sizes, slants and moves the picture a little. Default: no. */
  readonly affine?: AffineOptions | undefined;
  /** Changes the colors; one number is that of brightness, contrast and saturation. BEiT's recipe has 0.4. Default 0. */
  readonly colorJitter?: number | ColorJitter | undefined;
  /** The share of pictures in which a random box is set to noise; BEiT's recipe has 0.25. Default 0. */
  readonly erase?: number | undefined;
}

/** RGB pixels, cropped, flipped, mapped and with other colors, in this order. */
export function augmentPicture(picture: RgbPixels, options: AugmentOptions, random: RandomStream): RawPicture {
  const { flip = false, minimumCrop = 1, affine, colorJitter = 0 } = options;
  const cropped = cropPicture(picture, minimumCrop, flip, random);
  const mapped = affine ? mapAffine(cropped, affine, random) : cropped;
  return jitterColors(mapped, jitterOf(colorJitter), random);
}

function cropPicture(picture: RgbPixels, least: number, flip: boolean, random: RandomStream): RgbPixels {
  const { data, width, height } = picture;
  const box = least < 1 ? drawBox(width, height, least, random) : { left: 0, top: 0, width, height };
  const flips = flip && random.uniform() < 0.5;
  const out = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const from = ((box.top + y) * width + box.left + (flips ? box.width - 1 - x : x)) * 3;
      for (let c = 0; c < 3; c++) out[(y * box.width + x) * 3 + c] = data[from + c];
    }
  }
  return { data: out, width: box.width, height: box.height, channels: 3 };
}

/** As torchvision's RandomResizedCrop: ten tries, then the whole picture. */
function drawBox(width: number, height: number, least: number, random: RandomStream) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * (least + (1 - least) * random.uniform());
    const ratio = drawRatio(3 / 4, 4 / 3, random);
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { left: random.below(width - w + 1), top: random.below(height - h + 1), width: w, height: h };
  }
  return { left: 0, top: 0, width, height };
}

/** Evenly on a scale of logarithms. */
function drawRatio(least: number, most: number, random: RandomStream): number {
  return exp(ln(least) + random.uniform() * (ln(most) - ln(least)));
}

/**
 * Sets a random box of 2 to 33 % of the area, sides 3:10 to 33:10, to normal noise, in place, in a share of the pictures: as
 * torchvision's RandomErasing with random values, whose ten tries are followed here too.
 */
export function erasePixels(
  pixels: Float32Array,
  { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number },
  share: number,
  random: RandomStream,
): void {
  if (share <= 0 || random.uniform() >= share) return;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * (0.02 + (0.33 - 0.02) * random.uniform());
    const ratio = drawRatio(0.3, 3.3, random);
    const [h, w] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (h < 1 || w < 1 || h >= height || w >= width) continue;
    const [top, left] = [random.below(height - h + 1), random.below(width - w + 1)];
    for (let c = 0; c < channels; c++)
      for (let y = top; y < top + h; y++)
        for (let x = left; x < left + w; x++) pixels[(c * height + y) * width + x] = random.normal();
    return;
  }
}
