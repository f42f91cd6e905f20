/**
 * A relative bias table [distances, heads] as attention reads it: [heads, distances], every row of distances mirrored
 * along x, so that the keys of one grid row are contiguous for any query and load as vectors without a gather.
 * The last three distances (class→any, any→class, class→class) follow unchanged.
 */
export function layOutRelativeBias(
  table: Float32Array,
  heads: number,
  grid: { readonly height: number; readonly width: number },
): Float32Array {
  const [rows, cols] = [2 * grid.height - 1, 2 * grid.width - 1];
  const distances = rows * cols + 3;
  const out = new Float32Array(heads * distances); // [heads, distances]
  for (let d = 0; d < distances; d++) {
    const y = Math.floor(d / cols);
    const at = d < rows * cols ? y * cols + (cols - 1 - (d - y * cols)) : d;
    for (let a = 0; a < heads; a++) out[a * distances + at] = table[d * heads + a];
  }
  return out;
}
