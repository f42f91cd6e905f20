/**
 * `put_four(row, col, sums)`: the results of four columns, as a vector if `wide`, else one by one. `sum` is the type of a sum;
 * tensors are of `f32`, or of `u32` that have the bits of f32.
 */
export function storeFour(wide: boolean, sum: 'f32' | 'i32', word: 'f32' | 'u32'): string {
  const as = (type: string, value: string) => (word === 'u32' ? `bitcast<${type}>(${value})` : value);
  if (wide) {
    return `
fn put_four(row: u32, col: u32, sums: vec4<${sum}>) {
  if (row >= p.m || col >= p.n) { return; }
  let at = (p.out + row / p.width * p.outRow + row % p.width * p.outPixel + col) / 4u;
  let old = ${as('vec4<f32>', 'data[at]')};
  var values = vec4<f32>();
  for (var j = 0u; j < 4u; j++) { values[j] = finish(scaled(row, col + j, sums[j]), old[j]); }
  data[at] = ${as('vec4<u32>', 'values')};
}`;
  }
  return `
fn put_four(row: u32, col: u32, sums: vec4<${sum}>) {
  if (row >= p.m) { return; }
  let at = p.out + row / p.width * p.outRow + row % p.width * p.outPixel + col;
  for (var j = 0u; j < 4u; j++) {
    if (col + j >= p.n) { return; }
    let value = finish(scaled(row, col + j, sums[j]), ${as('f32', 'data[at + j]')});
    data[at + j] = ${as('u32', 'value')};
  }
}`;
}
