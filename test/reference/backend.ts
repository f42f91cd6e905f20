import type { AttentionShape, Backend, Epilogue, FeatureMap, ImageShape } from '../../src/backend.ts';
import { activations } from './activation.ts';

/** Rows of f64 somewhere in `data`. */
interface HostTensor {
  readonly data: Float64Array;
  readonly at: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
}

interface HostLinear {
  readonly n: number;
  readonly k: number;
  readonly weight: Float64Array; // [n, k]
  readonly scale: Float64Array; // [n]
  readonly shift: Float64Array; // [n]
}

interface HostNorm {
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  readonly eps: number;
}

interface HostKinds {
  tensor: HostTensor;
  linear: HostLinear;
  norm: HostNorm;
}

type HostMap = FeatureMap<HostKinds>;

const row = (t: HostTensor, i: number): Float64Array =>
  t.data.subarray(t.at + i * t.stride, t.at + i * t.stride + t.cols);
const pixel = (m: HostMap, y: number, x: number): Float64Array => row(m.tensor, m.origin + y * m.pitch + x * m.step);

/** The seam in plain loops over f64: the words of `src/backend.ts` once more, as slowly and obviously as can be. */
export class ReferenceBackend implements Backend<HostKinds> {
  readonly name = 'reference';
  readonly allocated = 0;
  readonly reserved = 0;
  readonly committed = 0;

  commit(): void {}
  mark(): number {
    return 0;
  }
  reset(): void {}
  planAttention(): void {}
  dispose(): void {}

  reserveLinear(n: number, k: number): HostLinear {
    const vector = (length: number, value: number) => new Float64Array(length).fill(value);
    return { n, k, weight: vector(n * k, Number.NaN), scale: vector(n, Number.NaN), shift: vector(n, Number.NaN) };
  }

  reserveNorm(cols: number, eps: number): HostNorm {
    return { gamma: new Float64Array(cols), beta: new Float64Array(cols), eps };
  }

  /** NaN everywhere, so that whoever reads what nobody wrote is found out. */
  alloc(rows: number, cols: number): HostTensor {
    return { data: new Float64Array(rows * cols).fill(Number.NaN), at: 0, rows, cols, stride: cols };
  }

  rows(t: HostTensor, begin: number, end: number): HostTensor {
    return { ...t, at: t.at + begin * t.stride, rows: end - begin };
  }

  cols(t: HostTensor, begin: number, end: number): HostTensor {
    return { ...t, at: t.at + begin, cols: end - begin };
  }

  putRows(w: HostLinear, begin: number, rows: Float32Array): void {
    w.weight.set(rows, begin * w.k);
  }

  readRows(w: HostLinear, begin: number, end: number): Float32Array {
    return Float32Array.from(w.weight.subarray(begin * w.k, end * w.k));
  }

  quantizedRowBytes(): number {
    return 0;
  }

  putQuantizedRows(): void {
    throw new Error('The reference keeps numbers as they are');
  }

  readQuantizedRows(): never {
    throw new Error('The reference keeps numbers as they are');
  }

  putVectors(w: HostLinear, scale: Float32Array | null, shift: Float32Array | null): void {
    if (scale) w.scale.set(scale);
    else w.scale.fill(1);
    if (shift) w.shift.set(shift);
    else w.shift.fill(0);
  }

  putNorm(w: HostNorm, gamma: Float32Array, beta: Float32Array): void {
    w.gamma.set(gamma);
    w.beta.set(beta);
  }

  write(t: HostTensor, data: Float32Array): void {
    t.data.set(data, t.at);
  }

  /** [distances, heads] → [heads, distances]. */
  writeRelativeBias(t: HostTensor, table: Float32Array): void {
    for (let d = 0; d < t.cols; d++) for (let a = 0; a < t.rows; a++) row(t, a)[d] = table[d * t.rows + a];
  }

  async read(t: HostTensor): Promise<Float32Array> {
    return Float32Array.from(await this.readExactly(t));
  }

  async readExactly(t: HostTensor): Promise<Float64Array> {
    const out = new Float64Array(t.rows * t.cols);
    for (let i = 0; i < t.rows; i++) out.set(row(t, i), i * t.cols);
    return out;
  }

  copy(out: HostTensor, x: HostTensor): void {
    for (let i = 0; i < out.rows; i++) row(out, i).set(row(x, i % x.rows));
  }

  add(out: HostTensor, x: HostTensor): void {
    for (let i = 0; i < out.rows; i++) {
      const source = row(x, i % x.rows);
      for (const [c, value] of source.entries()) row(out, i)[c] += value;
    }
  }

  blend(out: HostTensor, token: HostTensor, mask: HostTensor): void {
    for (let i = 0; i < out.rows; i++) {
      const [target, hidden] = [row(out, i), row(mask, 0)[i]];
      for (let c = 0; c < out.cols; c++) target[c] = target[c] * (1 - hidden) + row(token, 0)[c] * hidden;
    }
  }

  patchify(out: HostTensor, pixels: HostTensor, { images, channels, height, width }: ImageShape, size: number): void {
    const [down, across] = [Math.floor(height / size), Math.floor(width / size)];
    for (let i = 0; i < images * down * across; i++) {
      const [b, py, px] = [Math.floor(i / (down * across)), Math.floor(i / across) % down, i % across];
      for (let k = 0; k < channels * size * size; k++) {
        const [c, y, x] = [Math.floor(k / (size * size)), Math.floor(k / size) % size, k % size];
        const at = ((b * channels + c) * height + py * size + y) * width + px * size + x;
        row(out, i)[k] = pixels.data[pixels.at + at];
      }
    }
  }

  linear(out: HostTensor, x: HostTensor, w: HostLinear, epilogue: Epilogue = 'store'): void {
    for (let i = 0; i < out.rows; i++) apply(row(out, i), row(x, i), w, epilogue);
  }

  layerNorm(out: HostTensor, x: HostTensor, w: HostNorm): void {
    for (let i = 0; i < out.rows; i++) {
      const values = Array.from(row(x, i));
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      row(out, i).set(values.map((v, c) => ((v - mean) / Math.sqrt(variance + w.eps)) * w.gamma[c] + w.beta[c]));
    }
  }

  attention(out: HostTensor, qkv: HostTensor, shape: AttentionShape<HostKinds>): void {
    const { images, tokens, heads } = shape;
    const size = out.cols / heads;
    const probabilities = this.alloc(tokens, tokens);
    for (let image = 0; image < images; image++) {
      for (let head = 0; head < heads; head++) {
        this.attentionProbabilities(probabilities, qkv, shape, image, head);
        for (let i = 0; i < tokens; i++) {
          for (let c = head * size; c < (head + 1) * size; c++) {
            let sum = 0;
            for (let j = 0; j < tokens; j++)
              sum += row(probabilities, i)[j] * row(qkv, image * tokens + j)[2 * out.cols + c];
            row(out, image * tokens + i)[c] = sum;
          }
        }
      }
    }
  }

  attentionProbabilities(
    out: HostTensor,
    qkv: HostTensor,
    shape: AttentionShape<HostKinds>,
    image: number,
    head: number,
  ): void {
    const { tokens, heads } = shape;
    const dim = qkv.cols / 3;
    const size = dim / heads;
    const at = (part: number, token: number) =>
      row(qkv, image * tokens + token).subarray(part * dim + head * size, part * dim + (head + 1) * size);
    for (let i = 0; i < tokens; i++) {
      const scores = Array.from({ length: tokens }, (_, j) => {
        const product = at(0, i).reduce((sum, q, c) => sum + q * at(1, j)[c], 0);
        return product / Math.sqrt(size) + biasOf(shape, head, i, j);
      });
      const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
      const kept = shape.headMask ? row(shape.headMask, 0)[head] : 1;
      const sum = powers.reduce((a, b) => a + b);
      row(out, i).set(powers.map((power) => (power / sum) * kept));
    }
  }

  meanRows(out: HostTensor, x: HostTensor): void {
    row(out, 0).fill(0);
    for (let i = 0; i < x.rows; i++) for (let c = 0; c < x.cols; c++) row(out, 0)[c] += row(x, i)[c] / x.rows;
  }

  conv1x1(out: HostMap, x: HostMap, w: HostLinear, epilogue: Epilogue = 'store'): void {
    eachPixel(out, (target, y, column) => apply(target, pixel(x, y, column), w, epilogue));
  }

  conv3x3(out: HostMap, x: HostMap, w: HostLinear, epilogue: Epilogue = 'store'): void {
    const around = [-1, 0, 1];
    eachPixel(out, (target, y, column) => {
      const inputs = around.flatMap((ky) => around.flatMap((kx) => [...pixel(x, y + ky, column + kx)]));
      apply(target, Float64Array.from(inputs), w, epilogue);
    });
  }

  clearBorder(map: HostMap): void {
    for (let y = -1; y <= map.height; y++) {
      for (let x = -1; x <= map.width; x++) {
        if (y < 0 || x < 0 || y === map.height || x === map.width) pixel(map, y, x).fill(0);
      }
    }
  }

  maxPool(out: HostMap, x: HostMap): void {
    eachPixel(out, (target, y, column) => {
      const inputs = [0, 1, 2, 3].map((i) => pixel(x, 2 * y + (i >> 1), 2 * column + (i & 1)));
      for (let c = 0; c < target.length; c++) target[c] = Math.max(...inputs.map((input) => input[c]));
    });
  }

  averagePool(out: HostMap, x: HostMap): void {
    const bin = (i: number, from: number, to: number) => [
      Math.floor((i * from) / to),
      Math.ceil(((i + 1) * from) / to),
    ];
    eachPixel(out, (target, i, j) => {
      const [top, bottom] = bin(i, x.height, out.height);
      const [left, right] = bin(j, x.width, out.width);
      target.fill(0);
      for (let y = top; y < bottom; y++) {
        for (let column = left; column < right; column++) {
          const share = 1 / ((bottom - top) * (right - left));
          for (const [c, value] of pixel(x, y, column).entries()) target[c] += value * share;
        }
      }
    });
  }

  copyMap(out: HostMap, x: HostMap, epilogue: 'store' | 'relu' = 'store'): void {
    eachPixel(out, (target, y, column) => {
      for (const [c, value] of pixel(x, y, column).entries()) target[c] = epilogue === 'relu' && value < 0 ? 0 : value;
    });
  }

  resizeBilinear(out: HostMap, x: HostMap, epilogue: 'store' | 'add' = 'store', alignCorners = false): void {
    eachPixel(out, (target, i, j) => {
      const [y0, y1, v] = neighbors(i, x.height, out.height, alignCorners);
      const [x0, x1, u] = neighbors(j, x.width, out.width, alignCorners);
      for (let c = 0; c < target.length; c++) {
        const upper = pixel(x, y0, x0)[c] * (1 - u) + pixel(x, y0, x1)[c] * u;
        const lower = pixel(x, y1, x0)[c] * (1 - u) + pixel(x, y1, x1)[c] * u;
        target[c] = upper * (1 - v) + lower * v + (epilogue === 'add' ? target[c] : 0);
      }
    });
  }

  channelsFirst(out: HostTensor, x: HostMap): void {
    eachPixel(x, (source, y, column) => {
      for (const [c, value] of source.entries()) row(out, c)[y * x.width + column] = value;
    });
  }
}

function eachPixel(map: HostMap, visit: (channels: Float64Array, y: number, x: number) => void): void {
  for (let y = 0; y < map.height; y++) for (let x = 0; x < map.width; x++) visit(pixel(map, y, x), y, x);
}

function apply(out: Float64Array, x: Float64Array, w: HostLinear, epilogue: Epilogue): void {
  for (let j = 0; j < w.n; j++) {
    let sum = 0;
    for (let p = 0; p < w.k; p++) sum += x[p] * w.weight[j * w.k + p];
    const value = sum * w.scale[j] + w.shift[j];
    if (epilogue === 'store') out[j] = value;
    else if (epilogue === 'add') out[j] += value;
    else out[j] = activations[epilogue](value);
  }
}

/** The relative bias of query i and key j: a table row per distance of patches, three more for the class token. */
function biasOf({ relativeBias, grid }: AttentionShape<HostKinds>, head: number, i: number, j: number): number {
  if (!relativeBias) return 0;
  const table = row(relativeBias, head);
  if (i === 0) return table[table.length - (j === 0 ? 1 : 3)];
  if (j === 0) return table[table.length - 2];
  const [p, q] = [i - 1, j - 1];
  const dy = Math.floor(p / grid.width) - Math.floor(q / grid.width) + grid.height - 1;
  const dx = (p % grid.width) - (q % grid.width) + grid.width - 1;
  return table[dy * (2 * grid.width - 1) + dx];
}

function neighbors(i: number, from: number, to: number, alignCorners: boolean): [number, number, number] {
  const aligned = (i * (from - 1)) / Math.max(to - 1, 1);
  const source = alignCorners ? aligned : Math.max(((i + 0.5) * from) / to - 0.5, 0);
  const low = Math.min(Math.floor(source + 1e-9), from - 1);
  return [low, Math.min(low + 1, from - 1), Math.max(source - low, 0)];
}
