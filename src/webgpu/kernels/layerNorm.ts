import { eachRow, WIDTH } from '../kernel.ts';

/** y = (x − mean)/√(variance + eps) ⊙ gamma + beta over each row, the variance biased; in place too. */
export const LAYER_NORM = eachRow(
  'layer norm',
  ['cols', 'out', 'outStride', 'x', 'xStride', 'eps'],
  `let x = p.x + row * p.xStride;
  let out = p.out + row * p.outStride;
  var sum = 0.0;
  for (var c = thread; c < p.cols; c += ${WIDTH}u) { sum += data[x + c]; }
  let mean = sum_of(thread, sum) / f32(p.cols);
  var squares = 0.0;
  for (var c = thread; c < p.cols; c += ${WIDTH}u) {
    let d = data[x + c] - mean;
    squares += d * d;
  }
  let variance = sum_of(thread, squares) / f32(p.cols);
  let factor = 1.0 / sqrt(variance + bitcast<f32>(p.eps));
  for (var c = thread; c < p.cols; c += ${WIDTH}u) {
    data[out + c] = (data[x + c] - mean) * factor * vectors[c] + vectors[p.cols + c];
  }`,
);
