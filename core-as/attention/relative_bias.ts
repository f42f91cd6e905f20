/** Distances between two patches of a grid. */
// @ts-ignore: decorator
@inline
export function distances(gridHeight: usize, gridWidth: usize): usize {
  return (gridHeight + gridHeight - 1) * (gridWidth + gridWidth - 1);
}

/**
 * out[t] = bias of query `i` against key t. `bias` is one head of the mirrored table: distances
 * [2·gridHeight − 1, 2·gridWidth − 1], then class→any, any→class, class→class. For a patch query the keys of one grid row
 * are contiguous. Up to three floats after the last key are overwritten, and up to three after the distances are read.
 */
export function bias_row(out: usize, i: usize, bias: usize, gridHeight: usize, gridWidth: usize): void {
  const cols = gridWidth + gridWidth - 1, special = bias + (distances(gridHeight, gridWidth) << 2);
  if (i == 0) {
    store<f32>(out, load<f32>(special, 8));
    const any = v128.load32_splat(special), end = out + (gridHeight * gridWidth + 1 << 2);
    // all patches, four at a time
    for (let to = out + 4; to < end; to += 16) v128.store(to, any);
    return;
  }
  const y = (i - 1) / gridWidth, x = (i - 1) % gridWidth, line = gridWidth << 2;
  store<f32>(out, load<f32>(special, 4));
  let to = out + 4, from = bias + ((y + gridHeight - 1) * cols + gridWidth - 1 - x << 2);
  // grid rows of keys, four keys at a time
  for (let key: usize = 0; key < gridHeight; ++key, to += line, from -= cols << 2) {
    for (let j: usize = 0; j < line; j += 16) v128.store(to + j, v128.load(from + j));
  }
}
