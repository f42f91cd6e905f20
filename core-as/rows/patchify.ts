// Row p of out is patch p of the images [·, channels, height, width], flattened with the channel outermost:
// [images·patches, channels·patchSize·patchSize].
import { row_copy } from "../simd/row";

/** Patch rows [begin, end). Pixels beyond the last whole patch are dropped. */
export function patchify(
  begin: usize, end: usize, out: usize, outStride: usize,
  pixels: usize, channels: usize, height: usize, width: usize, patchSize: usize,
): void {
  const gridWidth = width / patchSize, patches = (height / patchSize) * gridWidth;
  const line = patchSize << 2, stride = width << 2, plane = height * stride;
  // patches
  for (let i = begin; i < end; ++i) {
    const patch = i % patches;
    const y = patch / gridWidth * patchSize, x = patch % gridWidth * patchSize;
    let from = pixels + i / patches * channels * plane + y * stride + (x << 2);
    let to = out + (i * outStride << 2);
    // channels, and in each the pixel rows of the patch
    for (let c: usize = 0; c < channels; ++c, from += plane) {
      for (let r: usize = 0; r < patchSize; ++r, to += line) row_copy(to, from + r * stride, patchSize);
    }
  }
}
