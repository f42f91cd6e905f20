import { check } from '../errors.ts';
import { type Picture, type RawPicture, readPicture } from '../image/picture.ts';
import { RandomStream, type StreamName } from '../randomStream.ts';
import type { Tensor } from '../tensor.ts';
import { type AugmentOptions, augmentPicture, erasePixels } from './augment.ts';

/** An image processor: the model's, or that of a tokenizer. */
export interface PixelMaker {
  /**
   * Pixels as a model takes them, of one picture.
   *
   * @param picture RGB of 8 bits
   * @param options signal; default none
   * @returns `pixelValues` [1, channels, height, width]
   * @throws `Aborted`, `InvalidImage`
   */
  preprocess(
    picture: RawPicture,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly pixelValues: Tensor }>;
}

/** Of the pixels that a model takes. */
export interface PictureSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** How a picture is augmented, and the stream of random numbers that decides it. */
export interface Augmentation {
  readonly augment: AugmentOptions;
  readonly stream: StreamName;
}

/** What becomes of a picture before a model learns from it. */
export interface PixelRequest {
  readonly picture: Picture;
  readonly augmentation: Augmentation | null;
  readonly size: PictureSize;
}

/** The pixels of one picture, as the model sees it and as a tokenizer does. */
export interface Views {
  readonly pixels: Float32Array; // [C, H, W]
  readonly second: Tensor | null;
}

/**
 * Reads a picture, augments it, and makes pixels of it by `processor` and, where there is one, by `second`.
 *
 * @throws what reading a picture throws; `InvalidArgument` for a processor whose pixels the model does not take; `Aborted`
 */
export async function augmentedPixels(
  { picture, augmentation, size }: PixelRequest,
  processor: PixelMaker,
  second: PixelMaker | null,
  signal?: AbortSignal,
): Promise<Views> {
  const read = await readPicture(picture, { signal });
  const random = augmentation && new RandomStream(...augmentation.stream);
  const seen = augmentation ? augmentPicture(read, augmentation.augment, random!) : read;
  const { pixelValues } = await processor.preprocess(seen, { signal });
  const { channels, height, width } = size;
  check(`${pixelValues.dims}` === `1,${channels},${height},${width}`, 'InvalidArgument', () => {
    return `Cannot train on a picture: the image processor gives [${pixelValues.dims}], the model takes [1, ${channels}, ${height}, ${width}]`;
  });
  const pixels = pixelValues.data;
  const other = second && (await second.preprocess(seen, { signal })).pixelValues;
  const { erase } = augmentation?.augment ?? {};
  if (erase) erasePixels(pixels, size, erase, random!);
  return { pixels, second: other };
}
