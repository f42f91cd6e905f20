// Which side of a product gives up a bit: node scripts/run.mjs bench/lab/bits.ts [SCANS]
// Distance of the digits model's logits from f64, root mean square, on the reference backend: weights quantised row by row,
// symmetric; inputs row by row with a zero point; patch embedding and classifier quantised too, or kept wide. No outliers.
import type { Backend, Dtype, Epilogue, Kinds } from '../../src/backend.ts';
import { ReferenceBackend } from '../../test/reference/backend.ts';
import { rmsDifference } from '../contest/statistics.ts';
import { digits } from '../models/digits.ts';
import { openClassifier } from './session.ts';

interface Bits {
  readonly weights: number;
  readonly inputs: number;
  /** Quantises also what a q8 model keeps as f16. */
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

const scans = Number(process.argv[2] ?? 60);
const { files, pixels } = await digits();
const data = pixels.data.slice(0, (scans * pixels.data.length) / pixels.dims[0]);

async function logits(bits: Bits | null): Promise<Float32Array> {
  const backend = new RoundingBackend(bits) as unknown as Backend<Kinds>;
  const classify = await openClassifier(files, { dtype: bits ? 'q8' : 'f32', simd: 'strict', backend });
  return (await classify(data, scans)).get('logits')!;
}

const exact = await logits(null);
console.log(`| bits of weights × inputs, ${scans} scans | all layers | patches and classifier wide |\n|---|---|---|`);
for (const [weights, inputs] of [
  [7, 8],
  [8, 7],
  [8, 8],
]) {
  const cells = [];
  for (const ends of [true, false])
    cells.push(rmsDifference(exact, await logits({ weights, inputs, ends })).toFixed(5));
  console.log(`| ${weights} × ${inputs} | ${cells.join(' | ')} |`);
}
