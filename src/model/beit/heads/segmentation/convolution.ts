import type { Kinds } from '../../../../backend.ts';
import { concatFloats } from '../../../../concatBytes.ts';
import type { Parameters } from '../../params/parameters.ts';
import type { Slot } from '../../params/slot.ts';

type Linear = Kinds['linear'];

/** nn.BatchNorm2d's default. */
const BATCH_NORM_EPS = 1e-5;

/** The head computes in f32 whatever the body's weights are kept as. */
const DTYPE = 'f32';

/** gain · (a 1×1 convolution with a bias): [n, c, 1, 1]. */
export function conv1x1(p: Parameters<Kinds>, name: string, n: number, c: number, gain = 1): Linear {
  const w = reserve1x1(p, name, n, c);
  biasAndGain(p, name, w, n, gain);
  return w;
}

function biasAndGain(p: Parameters<Kinds>, name: string, w: Linear, n: number, gain: number): void {
  const bias = p.vector(`${name}.bias`, [n], 'zeros');
  const scale = gain === 1 ? null : new Float32Array(n).fill(gain);
  p.onFinish(() => p.backend.putVectors(w, scale, scale ? bias.map((b) => b * gain) : bias));
}

/** gain · (a 3×3 convolution with a bias, unless `bias` is false): [n, c, 3, 3]. */
export function conv3x3(
  p: Parameters<Kinds>,
  name: string,
  n: number,
  c: number,
  { gain = 1, bias = true }: { gain?: number; bias?: boolean } = {},
): Linear {
  const w = reserve3x3(p, `${name}.weight`, n, c);
  if (bias) biasAndGain(p, name, w, n, gain);
  else p.onFinish(() => p.backend.putVectors(w, null, null));
  return w;
}

/** A 3×3 convolution, with a bias or without, and the batch norm behind it, under names of their own. */
export function conv3x3AndNorm(
  p: Parameters<Kinds>,
  name: string,
  n: number,
  c: number,
  { norm, bias }: { norm: string; bias: boolean },
): Linear {
  const w = reserve3x3(p, `${name}.weight`, n, c);
  batchNorm(p, norm, n, [w], bias ? p.vector(`${name}.bias`, [n], 'zeros') : null);
  return w;
}

/**
 * A 3×3 convolution with padding 1 and a stride, as nine layers over every so-manieth pixel: [n, c, 3, 3]. The first has the
 * bias; the others are added. Tap 3·ky + kx reads pixel (stride·y + ky − 1, stride·x + kx − 1).
 */
export function stridedConv3x3(p: Parameters<Kinds>, name: string, n: number, c: number): Linear[] {
  const { backend } = p;
  const taps = Array.from({ length: 9 }, () => backend.reserveLinear(n, c, DTYPE));
  const grain = 9 * c;
  p.slots.set(`${name}.weight`, {
    shape: [n, c, 3, 3],
    init: 'normal',
    grain,
    put: (chunk, offset) => {
      const rows = transposeEach(chunk, c, 9); // [rows, 9, c]
      for (const [tap, w] of taps.entries()) backend.putRows(w, offset / grain, columnsOf(rows, grain, tap * c, c));
    },
    get: async (begin, end) => {
      const rows = await Promise.all(taps.map((w) => backend.readRows(w, begin / grain, end / grain)));
      const out = new Float32Array(end - begin);
      for (let at = 0; at < out.length; at++) {
        const [row, channel, tap] = [Math.floor(at / grain), Math.floor((at % grain) / 9), at % 9];
        out[at] = rows[tap][row * c + channel];
      }
      return out;
    },
  });
  biasAndGain(p, name, taps[0], n, 1);
  p.onFinish(() => {
    for (const w of taps.slice(1)) backend.putVectors(w, null, null);
  });
  return taps;
}

/** Columns [begin, begin + count) of rows of `cols`. */
function columnsOf(rows: Float32Array, cols: number, begin: number, count: number): Float32Array {
  const out = new Float32Array((rows.length / cols) * count);
  for (let row = 0; row * cols < rows.length; row++) {
    out.set(rows.subarray(row * cols + begin, row * cols + begin + count), row * count);
  }
  return out;
}

/** A 1×1 convolution without bias and the batch norm behind it. */
export function convNorm1x1(p: Parameters<Kinds>, name: string, n: number, c: number): Linear {
  const w = reserve1x1(p, `${name}.conv`, n, c);
  batchNorm(p, `${name}.bn`, n, [w], null);
  return w;
}

/** A 3×3 convolution without bias and the batch norm behind it: [n, c, 3, 3]. */
export function convNorm3x3(p: Parameters<Kinds>, name: string, n: number, c: number): Linear {
  const w = reserve3x3(p, `${name}.conv.weight`, n, c);
  batchNorm(p, `${name}.bn`, n, [w], null);
  return w;
}

/**
 * A transposed convolution of kernel and stride `factor`, default 2: [c, n, factor, factor]. Its output pixels do not overlap,
 * so each of those that an input pixel makes is a linear layer of it; phase factor·a + b makes pixel
 * (factor·y + a, factor·x + b).
 */
export function transposedConv(
  p: Parameters<Kinds>,
  name: string,
  n: number,
  c: number,
  options: { norm?: string; factor?: number } = {},
): Linear[] {
  const { backend } = p;
  const { factor = 2 } = options;
  const phases = p.layers(factor ** 2, n, c, DTYPE);
  const slot: Slot = {
    shape: [c, n, factor, factor],
    init: 'normal',
    grain: c * n * factor ** 2, // a row of a phase is spread over the whole tensor
    put: (chunk) => {
      for (const [i, w] of phases.entries()) backend.putRows(w, 0, phaseRows(chunk, n, c, i, phases.length));
    },
    get: async () => joinPhases(concatFloats(await Promise.all(phases.map((w) => backend.readRows(w, 0, n)))), n, c),
  };
  p.arranged(`${name}.weight`, slot, phases, (rows) => joinPhases(rows, n, c));
  const bias = p.vector(`${name}.bias`, [n], 'zeros');
  if (options.norm) batchNorm(p, options.norm, n, phases, bias);
  else
    p.onFinish(() => {
      for (const w of phases) backend.putVectors(w, null, bias);
    });
  return phases;
}

function reserve3x3(p: Parameters<Kinds>, name: string, n: number, c: number): Linear {
  const { backend } = p;
  const grain = 9 * c;
  const w = backend.reserveLinear(n, grain, DTYPE);
  // files have (channel, ky, kx); the kernel reads whole pixels, (ky, kx, channel)
  const inOrder = (rows: Float32Array) => transposeEach(rows, 9, c);
  const slot: Slot = {
    shape: [n, c, 3, 3],
    init: 'normal',
    grain,
    put: (chunk, offset) => backend.putRows(w, offset / grain, transposeEach(chunk, c, 9)),
    get: async (begin, end) => inOrder(await backend.readRows(w, begin / grain, end / grain)),
  };
  p.arranged(name, slot, [w], inOrder);
  return w;
}

function reserve1x1(p: Parameters<Kinds>, name: string, n: number, c: number): Linear {
  const w = p.backend.reserveLinear(n, c, DTYPE);
  p.rows(`${name}.weight`, [n, c, 1, 1], w);
  return w;
}

/** γ·(y + b − μ)/√(σ² + eps) + β = scale·y + shift, folded into the layers whose output y is. */
function batchNorm(p: Parameters<Kinds>, name: string, n: number, layers: Linear[], bias: Float32Array | null): void {
  const gamma = p.vector(`${name}.weight`, [n], 'ones');
  const beta = p.vector(`${name}.bias`, [n], 'zeros');
  const mean = p.vector(`${name}.running_mean`, [n], 'zeros');
  const variance = p.vector(`${name}.running_var`, [n], 'ones');
  if (p.keepBatchNorm) {
    p.keepBatchNorm(name, { layers, bias, gamma, beta, mean, variance, eps: BATCH_NORM_EPS });
    return;
  }
  p.onFinish(() => {
    const scale = gamma.map((g, i) => g / Math.sqrt(variance[i] + BATCH_NORM_EPS));
    const shift = beta.map(
      (b, i) => b + (((bias?.[i] ?? 0) - mean[i]) * gamma[i]) / Math.sqrt(variance[i] + BATCH_NORM_EPS),
    );
    for (const w of layers) p.backend.putVectors(w, scale, shift);
  });
}

/** Every row [outer, inner] → [inner, outer]. */
function transposeEach(rows: Float32Array, outer: number, inner: number): Float32Array {
  const out = new Float32Array(rows.length);
  const size = outer * inner;
  for (let row = 0; row < rows.length; row += size) {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) out[row + i * outer + o] = rows[row + o * inner + i];
    }
  }
  return out;
}

/** [c, n, phases] → [n, c] of one phase. */
function phaseRows(weight: Float32Array, n: number, c: number, index: number, phases: number): Float32Array {
  const out = new Float32Array(n * c);
  for (let i = 0; i < c; i++) for (let o = 0; o < n; o++) out[o * c + i] = weight[(i * n + o) * phases + index];
  return out;
}

/** [phases, n, c] → [c, n, phases]. */
function joinPhases(rows: Float32Array, n: number, c: number): Float32Array {
  const out = new Float32Array(rows.length);
  const phases = rows.length / (n * c);
  for (let index = 0; index < phases; index++) {
    for (let i = 0; i < c; i++)
      for (let o = 0; o < n; o++) out[(i * n + o) * phases + index] = rows[(index * n + o) * c + i];
  }
  return out;
}
