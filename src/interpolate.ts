/** Grids of vectors, resized as torch.nn.functional.interpolate does (align_corners = false), in f32. */

export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** One sample of the input and its share of an output. */
export interface Tap {
  readonly index: number;
  readonly weight: number;
}

const f = Math.fround;

/** `bicubicAntialias` widens the kernel where the grid shrinks; the others take a fixed number of neighbors. */
export type GridKernel = 'bilinear' | 'bicubic' | 'bicubicAntialias';
const TAPS = { bilinear: bilinearTaps, bicubic: bicubicTaps, bicubicAntialias: antialiasTaps };

/** [from.height·from.width, cols] → [to.height·to.width, cols]. */
export function resizeGrid(data: Float32Array, cols: number, from: Grid, to: Grid, kernel: GridKernel): Float32Array {
  const out = new Float32Array(to.height * to.width * cols);
  let at = 0;
  for (const row of gridRows(data, cols, from, to, kernel)) {
    out.set(row, at);
    at += row.length;
  }
  return out;
}

/** The rows of the resized grid one after the other, [to.width, cols] each, in one array that is used again. */
export function* gridRows(
  data: Float32Array,
  cols: number,
  from: Grid,
  to: Grid,
  kernel: GridKernel,
): Generator<Float32Array, void> {
  const across = resizeAxis(data, from.height, from.width, to.width, cols, TAPS[kernel]);
  const size = to.width * cols;
  const row = new Float32Array(size);
  for (let y = 0; y < to.height; y++) {
    row.fill(0);
    for (const { index, weight } of TAPS[kernel](y, from.height, to.height)) {
      const source = index * size;
      for (let c = 0; c < size; c++) row[c] += f(weight * across[source + c]);
    }
    yield row;
  }
}

/**
 * The transpose of {@link resizeGrid}: gradients of a resized grid [to.height·to.width, cols] → gradients of the grid it was
 * made from [from.height·from.width, cols], summed in f64.
 */
export function resizeGridTransposed(
  data: ArrayLike<number>,
  cols: number,
  from: Grid,
  to: Grid,
  kernel: GridKernel,
): Float32Array {
  const down = transposeAxis(data, 1, from.height, to.height, to.width * cols, TAPS[kernel]);
  return Float32Array.from(transposeAxis(down, from.height, from.width, to.width, cols, TAPS[kernel]));
}

/** The transpose of {@link resizeAxis}: [outer, to, cols] → [outer, from, cols]. */
function transposeAxis(
  data: ArrayLike<number>,
  outer: number,
  from: number,
  to: number,
  cols: number,
  taps: (i: number, from: number, to: number) => Tap[],
): Float64Array {
  const out = new Float64Array(outer * from * cols);
  for (let i = 0; i < to; i++) {
    for (const { index, weight } of taps(i, from, to)) {
      for (let o = 0; o < outer; o++) {
        const source = (o * to + i) * cols;
        const target = (o * from + index) * cols;
        for (let c = 0; c < cols; c++) out[target + c] += weight * data[source + c];
      }
    }
  }
  return out;
}

/** Resizes the middle axis of [outer, from, cols]. */
function resizeAxis(
  data: Float32Array,
  outer: number,
  from: number,
  to: number,
  cols: number,
  taps: (i: number, from: number, to: number) => Tap[],
): Float32Array {
  const out = new Float32Array(outer * to * cols);
  for (let i = 0; i < to; i++) {
    for (const { index, weight } of taps(i, from, to)) {
      for (let o = 0; o < outer; o++) {
        const source = (o * from + index) * cols;
        const target = (o * to + i) * cols;
        for (let c = 0; c < cols; c++) out[target + c] += f(weight * data[source + c]);
      }
    }
  }
  return out;
}

/** src = max((i + ½)·from/to − ½, 0), rounded once as torch's build contracts it: two neighbors. */
export function bilinearTaps(i: number, from: number, to: number): [Tap, Tap] {
  const source = Math.max(f(f(from / to) * (i + 0.5) - 0.5), 0);
  const low = Math.min(Math.floor(source), from - 1);
  const t = f(source - low);
  return [
    { index: low, weight: f(1 - t) },
    { index: Math.min(low + 1, from - 1), weight: t },
  ];
}

/** Keys' cubic with A = −¾ at four neighbors, clamped to the edge. */
function bicubicTaps(i: number, from: number, to: number): Tap[] {
  const source = f(f(from / to) * (i + 0.5) - 0.5);
  const low = Math.floor(source);
  const t = f(source - low);
  const weights = [far(f(t + 1)), near(t), near(f(1 - t)), far(f(2 - t))];
  return weights.map((weight, k) => ({ index: Math.min(Math.max(low - 1 + k, 0), from - 1), weight: f(weight) }));
}

/** Keys' cubic with A = −½ stretched by from / to where that is above 1, its weights scaled to a sum of 1. */
function antialiasTaps(i: number, from: number, to: number): Tap[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const center = scale * (i + 0.5);
  const first = Math.max(Math.trunc(center - 2 * stretch + 0.5), 0);
  const end = Math.min(Math.trunc(center + 2 * stretch + 0.5), from);
  const weights = Array.from({ length: end - first }, (_, k) => cubic((first + k - center + 0.5) / stretch));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight, k) => ({ index: first + k, weight: f(weight / sum) }));
}

function cubic(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? near(distance, -0.5) : distance < 2 ? far(distance, -0.5) : 0;
}

const A = -0.75;
const near = (x: number, a = A) => ((a + 2) * x - (a + 3)) * x * x + 1;
const far = (x: number, a = A) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
