import type { RawPicture } from '../../image/picture.ts';
import { exp, ln } from '../../math.ts';
import type { RandomStream } from '../random.ts';

/** What is done to a picture before it is resized, and to the pixels after it. */
export interface AugmentOptions {
  /** Flips half of the pictures from left to right. Default false: digits and letters must not be flipped. */
  readonly flip?: boolean | undefined;
  /** Cuts out a random part with at least this share of the area, sides 3:4 to 4:3. Default 1, which is off. */
  readonly minimumCrop?: number | undefined;
  /** The share of pictures in which a random box is set to noise. Default 0. */
  readonly erase?: number | undefined;
}

/** A cropped and flipped copy of RGB pixels. */
export function augmentPicture(picture: RawPicture, options: AugmentOptions, random: RandomStream): RawPicture {
  const { flip = false, minimumCrop = 1 } = options;
  const { data, width, height } = picture;
  const box = minimumCrop < 1 ? drawBox(width, height, minimumCrop, random) : { left: 0, top: 0, width, height };
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
    const ratio = exp(ln(3 / 4) + random.uniform() * (ln(4 / 3) - ln(3 / 4)));
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { left: random.below(width - w + 1), top: random.below(height - h + 1), width: w, height: h };
  }
  return { left: 0, top: 0, width, height };
}

/** Sets a random box of 2 to 33 % of the area to uniform noise, in place, in a share of the pictures. */
export function erasePixels(
  pixels: Float32Array,
  { channels, height, width }: { readonly channels: number; readonly height: number; readonly width: number },
  share: number,
  random: RandomStream,
): void {
  if (share <= 0 || random.uniform() >= share) return;
  const side = Math.sqrt(0.02 + 0.31 * random.uniform());
  const [h, w] = [Math.max(1, Math.floor(height * side)), Math.max(1, Math.floor(width * side))];
  const [top, left] = [random.below(height - h + 1), random.below(width - w + 1)];
  for (let c = 0; c < channels; c++)
    for (let y = top; y < top + h; y++)
      for (let x = left; x < left + w; x++) pixels[(c * height + y) * width + x] = 2 * random.uniform() - 1;
}
