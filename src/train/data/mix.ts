import { exp, ln } from '../../math.ts';
import type { RandomStream } from '../../randomStream.ts';

/** Mixing of the pictures of a batch, as timm does it: one kind and one share for each batch. */
export interface MixOptions {
  /** α of mixup: pictures are added in shares λ and 1 − λ, λ from Beta(α, α). Default 0, which is off. */
  readonly mixup?: number | undefined;
  /** α of cutmix: a box with a share 1 − λ of the area comes from the other picture. Default 0, which is off. */
  readonly cutmix?: number | undefined;
}

/** A batch of pictures [B, C, H, W] and of distributions over classes [B, classes]. */
export interface MixableBatch {
  readonly pixels: Float32Array;
  readonly targets: Float64Array;
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Mixes every picture and its labels with those of the batch in reverse order, in place. */
export function mixBatch(batch: MixableBatch, { mixup = 0, cutmix = 0 }: MixOptions, random: RandomStream): void {
  if (mixup <= 0 && cutmix <= 0) return;
  const cuts = cutmix > 0 && (mixup <= 0 || random.uniform() < 0.5);
  const drawn = beta(cuts ? cutmix : mixup, random);
  const share = cuts ? cutPictures(batch, drawn, random) : mixPictures(batch, drawn);
  mixRows(batch.targets, batch.images, share);
}

/** λ·row + (1 − λ)·(the row at the other end of the list). */
function mixRows(data: Float32Array | Float64Array, rows: number, share: number): void {
  const [size, before] = [data.length / rows, data.slice()];
  for (let b = 0; b < rows; b++) {
    const other = (rows - 1 - b) * size;
    for (let i = 0; i < size; i++) data[b * size + i] = share * before[b * size + i] + (1 - share) * before[other + i];
  }
}

function mixPictures({ pixels, images }: MixableBatch, share: number): number {
  mixRows(pixels, images, share);
  return share;
}

/** Pastes a box; returns the share of the picture that is left, since the box may be cut off at an edge. */
function cutPictures(batch: MixableBatch, share: number, random: RandomStream): number {
  const { pixels, images, channels, height, width } = batch;
  const side = Math.sqrt(1 - share);
  const span = (size: number): [number, number] => {
    const [center, half] = [random.below(size), Math.floor(size * side) / 2];
    return [Math.max(0, Math.floor(center - half)), Math.min(size, Math.floor(center + half))];
  };
  const [[top, bottom], [left, right]] = [span(height), span(width)];
  const before = pixels.slice();
  for (let b = 0; b < images; b++)
    for (let c = 0; c < channels; c++)
      for (let y = top; y < bottom; y++) {
        const [to, from] = [b, images - 1 - b].map((image) => ((image * channels + c) * height + y) * width);
        pixels.set(before.subarray(from + left, from + right), to + left);
      }
  return 1 - ((bottom - top) * (right - left)) / (height * width);
}

/** A draw from Beta(α, α), α ≤ 1, by the method of Jöhnk. */
function beta(alpha: number, random: RandomStream): number {
  if (alpha === 1) return random.uniform();
  for (;;) {
    const [x, y] = [0, 0].map(() => exp(ln(1 - random.uniform()) / alpha));
    if (x + y <= 1 && x + y > 0) return x / (x + y);
  }
}
