import type { Kernel } from '../../src/webgpu/kernel.ts';

/** Rows and columns of a tile. */
export const OLD_TILE = 32;

/**
 * The product of f32 that the GPU had before tiles of 64 × 64: a tile of 32 × 32, 4 × 4 sums a thread, values that are brought one by
 * one. The fields are those of the tile of today, for plain rows.
 */
export const OLD_LINEAR: Kernel = {
  name: 'old linear',
  fields: ['m', 'n', 'k', 'width', 'out', 'outRow', 'outPixel', 'x', 'inRow', 'inPixel', 'channels'],
  body: `
const DEPTH = 16u;
const PITCH = 9u;
var<workgroup> rows: array<vec4<f32>, DEPTH * PITCH>;
var<workgroup> cols: array<vec4<f32>, DEPTH * PITCH>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) tile: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let firstRow = tile.y * 32u;
  let firstCol = tile.x * 32u;
  let depth = thread % DEPTH;
  let lane = thread / DEPTH;
  var sums: array<vec4<f32>, 4>;
  for (var k = 0u; k < p.k; k += DEPTH) {
    let at = k + depth;
    for (var half = 0u; half < 2u; half++) {
      var values = vec4<f32>();
      var factors = vec4<f32>();
      if (at < p.k) {
        for (var j = 0u; j < 4u; j++) {
          let row = min(firstRow + 4u * lane + 16u * half + j, p.m - 1u);
          let col = firstCol + 4u * lane + 16u * half + j;
          values[j] = data[p.x + row * p.inPixel + at];
          if (col < p.n) { factors[j] = bitcast<f32>(weights[col * p.k + at]); }
        }
      }
      rows[depth * PITCH + lane + 4u * half] = values;
      cols[depth * PITCH + lane + 4u * half] = factors;
    }
    workgroupBarrier();
    for (var step = 0u; step < DEPTH; step++) {
      let a = rows[step * PITCH + local.y];
      let b = cols[step * PITCH + local.x];
      sums[0] += a.x * b; sums[1] += a.y * b; sums[2] += a.z * b; sums[3] += a.w * b;
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let row = firstRow + 4u * local.y + i;
    if (row >= p.m) { break; }
    for (var j = 0u; j < 4u; j++) {
      let col = firstCol + 4u * local.x + j;
      if (col >= p.n) { break; }
      data[p.out + row * p.outPixel + col] = sums[i][j] * vectors[col] + vectors[p.n + col];
    }
  }
}`,
};
