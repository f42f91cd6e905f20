import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { arrayLike, checkPixelCount, type Pixels, type SampleGrid } from '../pixels.ts';
import { type ResampleCoefficients, resampleCoefficients, WEIGHT_BITS } from './resampleCoefficients.ts';
import { RESAMPLE_FILTERS, type ResampleFilter } from './resampleFilter.ts';

const HALF = 1 << (WEIGHT_BITS - 1);

/**
 * Resizes interleaved 8-bit pixels to `width` × `height`, bit for bit as Pillow's `Image.resize(size, filter)` does.
 *
 * @throws `InvalidArgument` for a filter or size that cannot be, `ImageTooLarge` for a size beyond 64 megapixels.
 * @example
 * const gray = { data: new Uint8Array([0, 255]), width: 2, height: 1, channels: 1 };
 * console.log(resize(gray, 3, 1, 'bilinear').data); // 0, 128, 255
 */
export function resize<P extends Pixels>(image: P, width: number, height: number, filter: ResampleFilter): P {
  checkResize(width, height, filter);
  if (width === image.width && height === image.height) return { ...image, data: image.data.slice() };
  if (filter === 'nearest') return pickNearest(image, width, height);
  if (goesDownFirst(image, height) && width !== image.width)
    return resize(resize(image, image.width, height, filter), width, height, filter);
  const columns = resampleCoefficients(image.width, width, filter);
  const rows = resampleCoefficients(image.height, height, filter);
  // as in Pillow, each pass rounds to 8 bits, and a pass that would not change the size is left out
  const wide = width === image.width ? image : resampleColumns(image, width, columns, rows);
  const tall = height === image.height ? wide : resampleRows(wide, height, rows);
  return { ...tall };
}

/**
 * Whether Pillow up to 12.3 resizes the columns of a picture before its rows: it does where that saves most. Pillow 13 does so
 * where height − new height > max(0, 2 · (width − new width)), which is not followed: models were trained without it.
 */
export function goesDownFirst(image: Omit<Pixels, 'data'>, height: number): boolean {
  return image.height > 100 * image.width && height < image.height;
}

/** Rejects an unknown filter or an invalid size. */
export function checkResize(width: number, height: number, filter: ResampleFilter): void {
  check(RESAMPLE_FILTERS.includes(filter), 'InvalidArgument', () => `Cannot resize: no filter is called "${filter}"`);
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  check(
    whole,
    'InvalidArgument',
    () => `Cannot resize: expected a positive whole size, got ${quoted(width)} × ${quoted(height)}`,
  );
  checkPixelCount('resize the picture', width, height);
}

/** The horizontal pass, over those input rows alone that the vertical pass will read. */
function resampleColumns<P extends Pixels>(
  image: P,
  width: number,
  columns: ResampleCoefficients,
  rows: ResampleCoefficients,
): P {
  const { channels } = image;
  const last = rows.starts.length - 1;
  const end = rows.starts[last] + rows.counts[last];
  const out = new Uint8Array(width * image.height * channels);
  for (let y = rows.starts[0]; y < end; y++) {
    resampleLine(
      out.subarray(y * width * channels),
      image.data.subarray(y * image.width * channels),
      channels,
      columns,
    );
  }
  return { ...image, width, data: out };
}

/** out[i, c] = clip8(Σ weights[i, t] · line[start + t, c]). */
function resampleLine(out: Uint8Array, line: Pixels['data'], channels: number, columns: ResampleCoefficients): void {
  const { taps, starts, counts, weights } = columns;
  for (let i = 0; i < starts.length; i++) {
    const weight = i * taps;
    const count = counts[i];
    for (let c = 0; c < channels; c++) {
      let sum = HALF;
      let at = starts[i] * channels + c;
      for (let t = 0; t < count; t++, at += channels) sum = (sum + Math.imul(line[at], weights[weight + t])) | 0;
      out[i * channels + c] = clip8(sum);
    }
  }
}

/** The vertical pass: whole rows are weighted and added, so that memory is read in order. */
function resampleRows<P extends Pixels>(image: P, height: number, rows: ResampleCoefficients): P {
  const stride = image.width * image.channels;
  const out = new Uint8Array(stride * height);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let t = 0; t < rows.counts[y]; t++) {
      addRow(sums, image.data, (rows.starts[y] + t) * stride, rows.weights[y * rows.taps + t]);
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = clip8(sums[i]);
  }
  return { ...image, height, data: out };
}

function addRow(sums: Int32Array, data: Pixels['data'], at: number, weight: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] += Math.imul(data[at + i], weight);
}

function clip8(sum: number): number {
  const value = sum >> WEIGHT_BITS;
  return value < 0 ? 0 : Math.min(value, 255);
}

/** Pillow's nearest neighbor, for samples of 8 bits or 32. */
export function pickNearest<G extends SampleGrid>(image: G, width: number, height: number): G {
  const { channels } = image;
  const columns = nearestIndices(image.width, width);
  const rows = nearestIndices(image.height, height);
  const data = arrayLike(image.data, width * height * channels);
  let o = 0;
  for (const y of rows) {
    for (const x of columns) {
      const at = (y * image.width + x) * channels;
      for (let c = 0; c < channels; c++) data[o++] = image.data[at + c];
    }
  }
  return { ...image, data, width, height };
}

/** The input index nearest to each output index; found by repeated addition, whose rounding decides ties in Pillow. */
function nearestIndices(inputSize: number, outputSize: number): Int32Array {
  const scale = inputSize / outputSize;
  const indices = new Int32Array(outputSize);
  for (let i = 0, x = scale * 0.5; i < outputSize; i++, x += scale) indices[i] = Math.min(Math.trunc(x), inputSize - 1);
  return indices;
}
