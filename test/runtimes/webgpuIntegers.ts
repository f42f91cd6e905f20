// Layers of q8 and q4 on a GPU, against the plain loops of test/reference.
import type { QuantizedDtype } from '../../src/dtype.ts';
import { gpuBackend } from '../../src/webgpu/backend.ts';
import { DeviceErrors, requestDevice } from '../../src/webgpu/device.ts';
import type { GpuLinear } from '../../src/webgpu/kinds.ts';
import { type Forms, Recorder } from '../../src/webgpu/recorder.ts';
import { randomFloats } from '../reference/linear.ts';
import { linearQuantized, type QuantizedRow, quantizeRow } from '../reference/quantize.ts';
import { levelsOf } from '../reference/quantize4.ts';
import { demand } from './smoke.ts';

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly dtype: QuantizedDtype;
  /** Values of the first row of x that are far larger than the others. */
  readonly outliers: number;
  readonly forms: Forms;
}

type Shapes = readonly (readonly [m: number, n: number, k: number])[];
const SHAPES: Shapes = [
  [1, 1, 1],
  [3, 2, 33],
  [33, 67, 35],
  [70, 36, 100],
  [5, 8, 300],
  [67, 132, 64],
];
const OUTLIERS = [0, 3, 32, 33];
/** Kernels are compiled for seconds in software, so that not all forms take all shapes. */
const FORMS: readonly (readonly [forms: Forms, shapes: Shapes])[] = [
  [{}, SHAPES],
  [{ tileSize: 64 }, [SHAPES[3]]],
  [{ packedDot: false }, [SHAPES[2]]],
];

/** Rows of outliers sum up squares in another order than the core, so that the end of their range may differ in its last bit. */
const TOLERANCE = 1e-5;

/** The integers are exact, and so are rows without outliers to the last bit; all in software, where divisions are exact too. */
export async function multipliesIntegers(): Promise<string> {
  const device = await requestDevice();
  const errors = new DeviceErrors(device);
  let same = 0;
  let count = 0;
  for (const [forms, shapes] of FORMS) {
    const recorder = new Recorder(device, forms);
    for (const product of productsOf(forms, shapes)) {
      const { found, expected } = await bothOf(device, errors, recorder, product);
      for (const [i, value] of expected.entries()) {
        const exact = Object.is(found[i], value);
        const off = Math.abs(found[i] - value) / Math.max(1, Math.abs(value));
        const may = i < product.n && product.outliers > 0 && off <= TOLERANCE;
        demand(exact || may, `${nameOf(product)}: ${found[i]} instead of ${value} at ${i}`);
        same += Number(exact);
        count++;
      }
    }
  }
  errors.dispose();
  return `${same} of ${count} values are those of plain loops to the last bit`;
}

function productsOf(forms: Forms, shapes: Shapes): Product[] {
  return shapes.flatMap(([m, n, k]) =>
    (['q8', 'q4'] as const).flatMap((dtype) =>
      OUTLIERS.filter((outliers) => outliers < k / 2).map((outliers) => ({ m, n, k, dtype, outliers, forms })),
    ),
  );
}

async function bothOf(device: GPUDevice, errors: DeviceErrors, recorder: Recorder, product: Product) {
  const { m, n, k, dtype } = product;
  const b = gpuBackend(device, errors, { recorder });
  const w = b.reserveLinear(n, k, dtype);
  const [x, out] = [b.alloc(m, k + 1), b.alloc(m, n)];
  const rows = savedRows(dtype, n, k);
  const inputs = inputsOf(product);
  b.commit();
  putInHalves(b, w, rows);
  b.putVectors(w, null, null);
  b.write(
    x,
    Float32Array.from({ length: m * (k + 1) }, (_, i) => inputs[Math.floor(i / (k + 1))][i % (k + 1)] ?? 1e9),
  );
  b.linear(out, b.cols(x, 0, k), w);
  const found = await b.read(out);
  await comesBack(b, w, rows);
  return { found, expected: linearQuantized(inputs.map(quantizeRow), weightsOf(dtype, rows, k)) };
}

/** Multiples of 1/8, whose squares have the same sum in every order. */
function inputsOf({ m, k, outliers }: Product): number[][] {
  return Array.from({ length: m }, (_, i) => {
    const row = Array.from(randomFloats(k, i + 1), (v) => Math.round(8 * v) / 8);
    if (i === 0) for (let o = 0; o < outliers; o++) row[(o * 7) % k] = o % 2 ? 40 + o : -50;
    return row;
  });
}

/** Bytes as a file has them. */
function savedRows(dtype: QuantizedDtype, n: number, k: number) {
  const rowBytes = dtype === 'q8' ? k : 17 * Math.ceil(k / 32);
  const bytes = Uint8Array.from(randomFloats(n * rowBytes, 5), (v) => Math.round(127 * v));
  return { bytes, scales: randomFloats(n, 6).map((v) => 0.01 + Math.abs(v)), rowBytes };
}

type Saved = ReturnType<typeof savedRows>;

/** The integers that these bytes have. */
function weightsOf(dtype: QuantizedDtype, { bytes, scales, rowBytes }: Saved, k: number): QuantizedRow[] {
  return Array.from(scales, (scale, row) => {
    const own = new Int8Array(bytes.buffer, row * rowBytes, rowBytes);
    const q = Array.from({ length: k }, (_, p) => (dtype === 'q8' ? own[p] : levelAt(own, p)));
    return { q, scale, zero: 0 };
  });
}

/** Value p of a row of q4: byte i of a block has the codes of its values i and 16 + i. */
function levelAt(row: Int8Array, p: number): number {
  const block = 17 * Math.floor(p / 32);
  const pair = row[block + (p % 16)] & 255;
  return levelsOf(row[block + 16])[p % 32 < 16 ? pair & 15 : pair >> 4];
}

function putInHalves(b: ReturnType<typeof gpuBackend>, w: GpuLinear, { bytes, scales, rowBytes }: Saved): void {
  const half = Math.floor(w.n / 2);
  const part = (begin: number, end: number) => {
    return { bytes: bytes.subarray(begin * rowBytes, end * rowBytes), scales: scales.subarray(begin, end) };
  };
  b.putQuantizedRows(w, half, part(half, w.n));
  if (half > 0) b.putQuantizedRows(w, 0, part(0, half));
}

/** What is saved is what was put. */
async function comesBack(b: ReturnType<typeof gpuBackend>, w: GpuLinear, { bytes, scales, rowBytes }: Saved) {
  const begin = Math.floor(w.n / 3);
  const rows = await b.readQuantizedRows(w, begin, w.n);
  demand(`${rows.bytes}` === `${bytes.subarray(begin * rowBytes)}`, 'other bytes than were put');
  demand(`${rows.scales}` === `${scales.subarray(begin)}`, 'other scales than were put');
}

function nameOf({ m, n, k, dtype, outliers, forms }: Product): string {
  return `${m} × ${n} × ${k}, ${dtype}, ${outliers} outliers, ${JSON.stringify(forms)}`;
}
