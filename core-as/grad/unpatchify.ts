// The transpose of patchify: the gradient of the pixels from that of the flattened patches.
import { row_copy } from "../simd/row";

/** Images × channels [begin, end). Pixels beyond the last whole patch become 0. */
export function unpatchify(
  begin: usize, end: usize, pixels: usize, x: usize, xStride: usize,
  channels: usize, height: usize, width: usize, patchSize: usize,
): void {
  const gridHeight = height / patchSize, gridWidth = width / patchSize, patches = gridHeight * gridWidth;
  const line = width << 2, plane = height * line;
  for (let unit = begin; unit < end; ++unit) {
    const image = unit / channels, channel = unit % channels, to = pixels + unit * plane;
    memory.fill(to, 0, plane);
    // patch after patch, line after line
    for (let patch: usize = 0; patch < patches; ++patch) {
      const y = patch / gridWidth * patchSize, column = patch % gridWidth * patchSize;
      let from = x + ((image * patches + patch) * xStride + channel * patchSize * patchSize << 2);
      for (let r: usize = 0; r < patchSize; ++r, from += patchSize << 2) {
        row_copy(to + (y + r) * line + (column << 2), from, patchSize);
      }
    }
  }
}
