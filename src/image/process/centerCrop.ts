import { arrayLike, type SampleGrid } from '../pixels.ts';
import { roundHalfEven } from './aspectSize.ts';

/**
 * Which side gets the odd row when a crop and the picture differ by an odd number: `pil` rounds the offset down (so that
 * padding grows at the top and left), `torchvision` rounds half to even where it cuts, and towards zero where it pads (padding
 * grows at the bottom and right).
 */
export type CropConvention = 'pil' | 'torchvision';

/** Cuts `width` × `height` out of the middle; where the picture is smaller it is padded with zeros. */
export function centerCrop<G extends SampleGrid>(
  image: G,
  width: number,
  height: number,
  convention: CropConvention = 'pil',
): G {
  const round = convention === 'pil' ? Math.floor : (n: number) => (n < 0 ? Math.trunc(n) : roundHalfEven(n));
  const left = round((image.width - width) / 2);
  const top = round((image.height - height) / 2);
  const { channels } = image;
  const data = arrayLike(image.data, width * height * channels);
  const from = Math.max(left, 0);
  const to = Math.min(left + width, image.width);
  for (let y = Math.max(top, 0); y < Math.min(top + height, image.height); y++) {
    const row = image.data.subarray((y * image.width + from) * channels, (y * image.width + to) * channels);
    data.set(row, ((y - top) * width + from - left) * channels);
  }
  return { ...image, data, width, height };
}
