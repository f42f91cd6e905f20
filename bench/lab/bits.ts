// Which side of a product gives up a bit: node scripts/run.mjs bench/lab/bits.ts [digits [SCANS] | base] (rivals installed)
// Distance of a model's logits from f64, root mean square, on the reference backend: weights quantized row by row,
// symmetric; inputs row by row with a zero point; patch embedding and classifier quantized too, or kept wide. No outliers.
import type { Backend, Epilogue, Kinds } from '../../src/backend.ts';
import type { Dtype } from '../../src/dtype.ts';
import { Tensor } from '../../src/tensor.ts';
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { ReferenceBackend } from '../../test/reference/backend.ts';
import { noise, runOnnxruntime } from '../accuracy.ts';
import { rmsDifference } from '../contest/statistics.ts';
import { baseModel } from '../models/baseModel.ts';
import { digits } from '../models/digits.ts';
import { openClassifier } from './session.ts';

interface Bits {
  readonly weights: number;
  readonly inputs: number;
  /** Quantizes also what a q8 model keeps as f16. */
  readonly ends: boolean;
}

type Linear = Parameters<ReferenceBackend['linear']>[2];
type Rows = Parameters<ReferenceBackend['linear']>[1];

/** The reference with the operands of linear layers rounded to so many bits. */
class RoundingBackend extends ReferenceBackend {
  readonly bits: Bits | null;
  readonly #wide = new Set<Linear>();

  constructor(bits: Bits | null) {
    super();
    this.bits = bits;
  }

  override reserveLinear(n: number, k: number, dtype?: Dtype): Linear {
    const layer = super.reserveLinear(n, k);
    if (!this.bits || (dtype !== 'q8' && !this.bits.ends)) this.#wide.add(layer);
    return layer;
  }

  override putRows(w: Linear, begin: number, rows: Float32Array): void {
    const parts = Array.from({ length: rows.length / w.k }, (_, i) => rows.subarray(i * w.k, (i + 1) * w.k));
    const rounded = this.#wide.has(w) ? parts : parts.map((part) => roundWeights(part, this.bits!.weights));
    super.putRows(w, begin, Float32Array.from(rounded.flatMap((part) => [...part])));
  }

  override linear(out: Rows, x: Rows, w: Linear, epilogue: Epilogue = 'store'): void {
    super.linear(out, this.#wide.has(w) ? x : this.#rounded(x), w, epilogue);
  }

  #rounded(x: Rows): Rows {
    const rounded = this.alloc(x.rows, x.cols);
    for (let i = 0; i < x.rows; i++) {
      const row = x.data.subarray(x.at + i * x.stride, x.at + i * x.stride + x.cols);
      rounded.data.set(roundInputs(row, this.bits!.inputs), i * x.cols);
    }
    return rounded;
  }
}

function roundWeights(row: Float32Array, bits: number): Float32Array {
  const scale = Math.max(...row.map(Math.abs)) / (2 ** (bits - 1) - 1) || 1;
  return row.map((v) => Math.round(v / scale) * scale);
}

function roundInputs(row: Float64Array, bits: number): Float64Array {
  const [low, high] = [Math.min(0, ...row), Math.max(0, ...row)];
  const scale = (high - low) / (2 ** bits - 1) || 1;
  const zero = Math.round(-low / scale);
  return row.map((v) => (Math.round(v / scale) + zero - zero) * scale);
}

/** What is compared: a model, its inputs, and how many of them. */
interface Subject {
  readonly name: string;
  readonly files: ModelFiles;
  readonly pixels: Tensor;
}

async function digitsSubject(scans: number): Promise<Subject> {
  const { files, pixels } = await digits();
  const [all, ...dims] = pixels.dims;
  const data = pixels.data.slice(0, (scans * pixels.data.length) / all);
  return { name: `digits, ${scans} scans`, files, pixels: new Tensor('float32', data, [scans, ...dims]) };
}

async function logits({ files, pixels }: Subject, bits: Bits | null): Promise<Float32Array> {
  const backend = new RoundingBackend(bits) as unknown as Backend<Kinds>;
  const classify = await openClassifier(files, { dtype: bits ? 'q8' : 'f32', simd: 'strict', backend });
  return (await classify(pixels.data, pixels.dims[0])).logits;
}

const scans = Number(process.argv[3] ?? 60);
const subject =
  process.argv[2] === 'base'
    ? { name: 'random BEiT-base, one image', files: baseModel(), pixels: noise(1) }
    : await digitsSubject(scans);
const exact = await logits(subject, null);
const theirs = rmsDifference(exact, await runOnnxruntime(subject));
console.log(`${subject.name}; onnxruntime's dynamic int8: ${theirs.toFixed(5)}\n`);
console.log(
  '| bits of weights × inputs | all layers | patches and classifier wide | ÷ onnxruntime |\n|---|---|---|---|',
);
for (const [weights, inputs] of [
  [7, 8],
  [8, 7],
  [8, 8],
]) {
  const distance = async (ends: boolean) => rmsDifference(exact, await logits(subject, { weights, inputs, ends }));
  const [all, wide] = [await distance(true), await distance(false)];
  const cells = [all.toFixed(5), wide.toFixed(5), (wide / theirs).toFixed(2)];
  console.log(`| ${weights} × ${inputs} | ${cells.join(' | ')} |`);
}
