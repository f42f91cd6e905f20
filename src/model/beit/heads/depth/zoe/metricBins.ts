import { alignedTap } from '../../../../../alignedCorners.ts';
import { exp, ln } from '../../../../../math.ts';
import { Tensor } from '../../../../../tensor.ts';
import { fastExp } from './fastExp.ts';
import { type BinConfiguration, LEVELS, type ZoeFields } from './zoeFields.ts';

/** A grid of rows, channels last: a pixel is `channels` numbers. */
interface Rows {
  readonly data: Float32Array | Float64Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Strength and reach of an attractor. The reference never passes those of its config on. */
const ALPHA = 300;
/** Added to both numbers of a share. */
const SHARE_EPS = 1e-4;
/** Least probability. */
const LEAST = 1e-4;
/** Of pixels between two pauses. */
const ROWS = 32;

/**
 * Logits of the metric head → depths [B, height, width]. Heads vote over the whole batch which
 * range of depths is meant, as in the reference. `pause` is awaited after every few rows of pixels.
 */
export async function metricDepth(
  fields: ZoeFields,
  binLogits: readonly Tensor[],
  domainLogits: Tensor | undefined,
  pause: () => Promise<void>,
): Promise<Tensor<'float32'>> {
  const chosen = domainLogits ? likeliestDomain(domainLogits) : 0;
  const configuration = fields.configurations[Math.min(chosen, fields.configurations.length - 1)];
  const parts = binLogits.slice(chosen * (LEVELS + 2), (chosen + 1) * (LEVELS + 2));
  const [images, height, width] = parts[LEVELS + 1].dims;
  const depth = new Float32Array(images * height * width);
  for (let b = 0; b < images; b++) {
    const image = parts.map((part) => rowsOf(part, b));
    await pause();
    const centers = binCenters(fields, configuration, image);
    const into = depth.subarray(b * height * width);
    for (const y of expectedDepth(into, image[LEVELS + 1], centers, fields)) if (y % ROWS === 0) await pause();
  }
  return new Tensor('float32', depth, [images, height, width]);
}

/** The domain whose logits have the largest sum over the batch. */
function likeliestDomain({ data, dims: [images, domains] }: Tensor): number {
  const sums = Array.from({ length: domains }, (_, d) => {
    let sum = 0;
    for (let b = 0; b < images; b++) sum += data[b * domains + d];
    return sum;
  });
  return sums.indexOf(Math.max(...sums));
}

function rowsOf({ data, dims: [, height, width, channels] }: Tensor, b: number): Rows {
  const size = height * width * channels;
  return { data: (data as Float32Array).subarray(b * size, (b + 1) * size), height, width, channels };
}

/** Centers of the bins of every pixel of the finest level: seeds that the attractors of each level pull. */
function binCenters(fields: ZoeFields, configuration: BinConfiguration, image: readonly Rows[]): Rows {
  const { normed } = fields;
  let centers = normed ? normedSeeds(image[0]) : { ...image[0], data: Float64Array.from(image[0].data, softplus) };
  for (let level = 0; level < LEVELS; level++)
    centers = attracted(resized(centers, image[level + 1]), image[level + 1], fields);
  return normed ? bounded(centers, configuration) : centers;
}

/** Shares of the whole range as widths of bins → their centers, the range being 0 to 1. */
function normedSeeds({ data, channels, ...grid }: Rows): Rows {
  const centers = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += channels) {
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += Math.max(data[at + k], 0) + 1e-3;
    let edge = 0;
    for (let k = 0; k < channels; k++) {
      const width = (Math.max(data[at + k], 0) + 1e-3) / sum;
      centers[at + k] = edge + width / 2;
      edge += width;
    }
  }
  return { ...grid, data: centers, channels };
}

/** center += the mean, or the sum, over attractors of d / (1 + α·d²), d = attractor − center. */
function attracted(centers: Rows, logits: Rows, { normed, attractorKind }: ZoeFields): Rows {
  // of the two numbers that make a share, the reference takes the first as it is
  const step = normed ? 2 : 1;
  const count = logits.channels / step;
  const share = attractorKind === 'mean' ? 1 / count : 1;
  const { data, channels: bins } = centers;
  const points = new Float64Array(count);
  for (let pixel = 0; pixel < centers.height * centers.width; pixel++) {
    for (let i = 0; i < count; i++) {
      const logit = logits.data[pixel * logits.channels + i * step];
      points[i] = normed ? Math.max(logit, 0) + 1e-3 : softplus(logit);
    }
    for (let k = pixel * bins; k < (pixel + 1) * bins; k++) {
      let pull = 0;
      for (let i = 0; i < count; i++) {
        const d = points[i] - data[k];
        pull += d / (1 + ALPHA * d * d);
      }
      data[k] += pull * share;
    }
  }
  return centers;
}

/** Centers as depths, rising, within the range. */
function bounded(centers: Rows, { minDepth, maxDepth }: BinConfiguration): Rows {
  const { channels: bins } = centers;
  const data = centers.data.map((center) => (maxDepth - minDepth) * center + minDepth);
  for (let at = 0; at < data.length; at += bins) data.subarray(at, at + bins).sort();
  return { ...centers, data: data.map((depth) => Math.min(Math.max(depth, minDepth), maxDepth)) };
}

/** Bilinear, corners aligned. */
function resized(x: Rows, { height, width }: { height: number; width: number }): Rows {
  const data = new Float64Array(height * width * x.channels);
  const line = new Float64Array(x.width * x.channels);
  for (let y = 0; y < height; y++) {
    lineAt(line, x, y, height);
    for (let column = 0; column < width; column++) {
      const [low, share] = alignedTap(column, x.width, width);
      const near = low * x.channels;
      const far = Math.min(low + 1, x.width - 1) * x.channels;
      const to = (y * width + column) * x.channels;
      for (let k = 0; k < x.channels; k++) data[to + k] = (1 - share) * line[near + k] + share * line[far + k];
    }
  }
  return { data, height, width, channels: x.channels };
}

/** Row `y` of `height` of a map that is resized along its columns alone. */
function lineAt(out: Float64Array, { data, height: from, width, channels }: Rows, y: number, height: number): void {
  const [low, share] = alignedTap(y, from, height);
  const size = width * channels;
  const [near, far] = [low * size, Math.min(low + 1, from - 1) * size];
  for (let i = 0; i < size; i++) out[i] = (1 - share) * data[near + i] + share * data[far + i];
}

/** The mean of the centers by the log-binomial distribution of every pixel, row by row. */
function* expectedDepth(out: Float32Array, mixture: Rows, centers: Rows, fields: ZoeFields): Generator<number, void> {
  const { channels: bins } = centers;
  const coefficients = logBinomials(bins);
  const line = new Float64Array(centers.width * bins);
  const scores = new Float64Array(bins);
  for (let y = 0; y < mixture.height; y++) {
    lineAt(line, centers, y, mixture.height);
    for (let x = 0; x < mixture.width; x++) {
      const pixel = y * mixture.width + x;
      binomialScores(scores, coefficients, mixture.data, pixel * 4, fields);
      const [low, share] = alignedTap(x, centers.width, mixture.width);
      out[pixel] = meanCenter(scores, line, low * bins, Math.min(low + 1, centers.width - 1) * bins, share);
    }
    yield y;
  }
}

/** ln C(n, k) of n = bins − 1 by Stirling's formula, in f32 as the reference has it whatever the model's type is. */
function logBinomials(bins: number): Float64Array {
  const f = Math.fround;
  const n = f(bins - 1 + 1e-7);
  const log = (x: number) => f(ln(x));
  return Float64Array.from({ length: bins }, (_, i) => {
    const k = f(i + 1e-7);
    const rest = f(n - k);
    return f(f(f(n * log(n)) - f(k * log(k))) - f(rest * log(f(rest + 1e-7))));
  });
}

/** (ln C(n, k) + k·ln p + (n − k)·ln(1 − p)) / temperature of every k. */
function binomialScores(
  out: Float64Array,
  coefficients: Float64Array,
  mixture: ArrayLike<number>,
  at: number,
  { minTemp, maxTemp }: ZoeFields,
): void {
  const p = shareOf(mixture[at], mixture[at + 1]);
  const scale = 1 / ((maxTemp - minTemp) * shareOf(mixture[at + 2], mixture[at + 3]) + minTemp);
  const [hit, miss] = [ln(Math.max(p, LEAST)), ln(Math.max(1 - p, LEAST))];
  const n = out.length - 1;
  for (let k = 0; k <= n; k++) out[k] = (coefficients[k] + k * hit + (n - k) * miss) * scale;
}

function shareOf(a: number, b: number): number {
  const [first, second] = [softplus(a) + SHARE_EPS, softplus(b) + SHARE_EPS];
  return first / (first + second);
}

/** Σ softmax(scores)·center, the centers being between two pixels of a line. */
function meanCenter(scores: Float64Array, line: Float64Array, near: number, far: number, share: number): number {
  let peak = scores[0];
  for (let k = 1; k < scores.length; k++) peak = Math.max(peak, scores[k]);
  let [sum, mean] = [0, 0];
  for (let k = 0; k < scores.length; k++) {
    const power = fastExp(scores[k] - peak);
    sum += power;
    mean += power * ((1 - share) * line[near + k] + share * line[far + k]);
  }
  return mean / sum;
}

/** ln(1 + e^x), which is x beyond 20, as torch has it. */
function softplus(x: number): number {
  return x > 20 ? x : ln(1 + exp(x));
}
