// Where the time of a forward goes: node scripts/run.mjs bench/lab/profile.ts [DTYPES] [strict|relaxed] [ROUNDS] [SIZE] [outliers]
// BEiT-base from the recipe of the tests, one image, one thread. Every call of every kernel counts with the best of its
// rounds. What a linear layer spends on quantizing its rows is its time with no columns, what it spends on an activation
// is the difference from storing. Another engine: NODE build/run/bench/lab/profile.mjs.

import type { CoreVariant } from '../../src/device.ts';
import type { Dtype } from '../../src/dtype.ts';
import type { Dispatch, RangeCall, RangeKernel } from '../../src/wasm/dispatch.ts';
import type { Kernels } from '../../src/wasm/kernels.ts';
import { baseModel } from '../models/baseModel.ts';
import { withOutliers } from '../models/outliers.ts';
import { openClassifier } from './session.ts';

const [dtypes = 'f32,q8', simd = 'strict', rounds = '10', size = '224', planted = ''] = process.argv.slice(2);
const files = planted ? await withOutliers(baseModel()) : baseModel();
/** Where `run` gets the rows, n and the epilogue of a linear layer. */
const [ROWS, N, EPILOGUE] = [0, 6, 10];
const FIRST_ACTIVATION = 2;

/** Runs kernels on this thread and keeps the best time of the i-th call of a pass, part by part. */
class Stopwatch implements Dispatch {
  readonly threads = 1;
  readonly fallbackReason = '';
  readonly check = () => {};
  readonly ready = async () => {};
  readonly dispose = () => {};
  readonly calls: { label: string; ms: number; ops: number }[] = [];
  #kernels: Kernels;
  readonly #times: number[] = [];
  #next = 0;
  #nextTime = 0;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  rewind(): void {
    this.#next = 0;
    this.#nextTime = 0;
  }

  run(kernel: RangeKernel, extent: number, args: readonly number[]): void {
    const call = (changed = args) => {
      const start = performance.now();
      (this.#kernels[kernel] as RangeCall)(0, extent, ...changed);
      return performance.now() - start;
    };
    if (kernel !== 'linear') {
      this.#put(kernel, this.#least(call()));
      return;
    }
    const activates = args[EPILOGUE] >= FIRST_ACTIVATION;
    const quantizing = this.#least(call(replaced(args, N, 0)));
    const storing = activates ? this.#least(call(replaced(args, EPILOGUE, 0))) : 0;
    const whole = this.#least(call());
    this.#put('quantize', quantizing);
    this.#put('linear', (activates ? storing : whole) - quantizing, 2 * args[ROWS] * args[N] * args[N + 1]);
    if (activates) this.#put('activation', whole - storing);
  }

  /** The best of what was measured at this place of a pass. */
  #least(ms: number): number {
    const i = this.#nextTime++;
    this.#times[i] = Math.min(this.#times[i] ?? Number.POSITIVE_INFINITY, ms);
    return this.#times[i];
  }

  #put(label: string, ms: number, ops = 0): void {
    this.calls[this.#next++] = { label, ms, ops };
  }
}

const replaced = (args: readonly number[], at: number, value: number) => args.map((arg, i) => (i === at ? value : arg));

async function profile(dtype: Dtype): Promise<void> {
  const watches: Stopwatch[] = [];
  const dispatch = (kernels: Kernels) => {
    watches.push(new Stopwatch(kernels));
    return watches[0];
  };
  const classify = await openClassifier(files, { dtype, simd: simd as CoreVariant, dispatch }, Number(size));
  const pixels = Float32Array.from({ length: 3 * Number(size) ** 2 }, (_, i) => ((i * 7919) % 255) / 127.5 - 1);
  for (let round = 0; round < Number(rounds); round++) {
    watches[0].rewind();
    await classify(pixels, 1);
  }
  print(dtype, watches[0].calls);
}

function print(dtype: string, calls: Stopwatch['calls']): void {
  const labels = [...new Set(calls.map(({ label }) => label))];
  const sum = (of: typeof calls, key: 'ms' | 'ops') => of.reduce((total, call) => total + call[key], 0);
  const total = sum(calls, 'ms');
  console.log(`\n${dtype} ${simd}, ${size}, Node ${process.versions.node}: ${total.toFixed(1)} ms\n`);
  console.log('| part | ms | share |\n|---|---|---|');
  for (const label of labels.sort((a, b) => timeOf(b) - timeOf(a))) {
    const of = calls.filter((call) => call.label === label);
    const rate = sum(of, 'ops') ? `, ${(sum(of, 'ops') / timeOf(label) / 1e6).toFixed(0)} GOP/s` : '';
    console.log(`| ${label}${rate} | ${timeOf(label).toFixed(2)} | ${((100 * timeOf(label)) / total).toFixed(1)} % |`);
  }
  console.log(
    `| all but linear | ${(total - timeOf('linear')).toFixed(2)} | ${(100 - (100 * timeOf('linear')) / total).toFixed(1)} % |`,
  );

  function timeOf(label: string): number {
    return sum(
      calls.filter((call) => call.label === label),
      'ms',
    );
  }
}

for (const dtype of dtypes.split(',')) await profile(dtype as Dtype);
