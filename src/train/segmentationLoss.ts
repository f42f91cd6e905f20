import { type Grid, gridRows, resizeGridTransposed } from '../interpolate.ts';
import { exp, ln } from '../math.ts';
import type { LossGradient } from './losses.ts';

/** Maps of class indices, [B, height, width]. */
export interface LabelMaps extends Grid {
  readonly data: ArrayLike<number>;
  readonly images: number;
  /** The label of pixels that do not count. */
  readonly ignored: number;
}

/**
 * Mean cross entropy over the pixels of label maps, to whose size the logits [B, classes, h, w] are resized bilinearly, and its
 * gradient. Where every pixel is ignored the loss is NaN, as in torch.
 */
export function segmentationGradient(
  logits: Float32Array,
  classes: number,
  from: Grid,
  labels: LabelMaps,
): LossGradient {
  const { images, height, width, data, ignored } = labels;
  const [pixels, size] = [height * width, from.height * from.width * classes];
  let [loss, count] = [0, 0];
  for (let i = 0; i < images * pixels; i++) if (data[i] !== ignored) count++;
  const dLogits = new Float32Array(logits.length);
  for (let b = 0; b < images; b++) {
    const scores = transposed(logits.subarray(b * size, (b + 1) * size), classes);
    const d = new Float64Array(pixels * classes); // [height·width, classes]
    let at = b * pixels;
    for (const row of gridRows(scores, classes, from, labels, 'bilinear')) {
      for (let x = 0; x < width; x++, at++) {
        if (data[at] === ignored) continue;
        loss += pixelGradient(d, (at - b * pixels) * classes, row, x * classes, classes, data[at], count);
      }
    }
    const back = resizeGridTransposed(d, classes, from, labels, 'bilinear');
    dLogits.set(transposed(back, size / classes), b * size);
  }
  return { loss: loss / count, dLogits };
}

/** d = (softmax(row) − one-hot of the label)/count; gives −ln softmax(row)[label]. */
function pixelGradient(
  d: Float64Array,
  to: number,
  row: Float32Array,
  begin: number,
  classes: number,
  label: number,
  count: number,
): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) peak = Math.max(peak, row[begin + c]);
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    d[to + c] = exp(row[begin + c] - peak);
    sum += d[to + c];
  }
  for (let c = 0; c < classes; c++) d[to + c] /= sum * count;
  d[to + label] -= 1 / count;
  return ln(sum) - (row[begin + label] - peak);
}

/** [rows, cols] → [cols, rows]. */
function transposed(data: Float32Array, rows: number): Float32Array {
  const out = new Float32Array(data.length);
  const cols = data.length / rows;
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j];
  return out;
}
