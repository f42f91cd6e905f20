// node scripts/run.mjs bench/lab/scaling.ts [DTYPES] [BATCHES] [ROUNDS] [strict|relaxed]: what the engine's own partition lets a pass of
// BEiT-base 224 gain on 2 to 16 threads, on a machine that has fewer. Every kernel call is timed on one thread (the best of ROUNDS) and
// takes as long as its largest part: units are shared out as threads share them, and a unit of a linear layer counts by its rows and
// columns. Not in it: threads that wait for memory, panels and rows that several threads prepare each for itself, starting a kernel.
// Another engine: NODE build/run/bench/lab/scaling.mjs.

import type { CoreVariant } from '../../src/device.ts';
import { DTYPES, type Dtype, isQuantizedDtype } from '../../src/dtype.ts';
import type { Dispatch, RangeCall, RangeKernel } from '../../src/wasm/dispatch.ts';
import type { Kernels } from '../../src/wasm/kernels.ts';
import { grainOf, share } from '../../src/wasm/threads/share.ts';
import { baseModel } from '../models/baseModel.ts';
import { openClassifier } from './session.ts';

const [dtypes = 'f32,q8', batches = '1,8', rounds = '2', simd = 'relaxed'] = process.argv.slice(2);
const THREADS = [2, 3, 4, 6, 8, 12, 16];
/** Where `run` gets the rows, n and the dtype of a linear layer; parts of its columns (core-as/gemm/partition.ts). */
const [ROWS, N, DTYPE, PARTS] = [0, 6, 11, 4];

interface Call {
  readonly kernel: RangeKernel;
  readonly extent: number;
  readonly args: readonly number[];
  ms: number;
}

/** Runs kernels on this thread and keeps the best time of the i-th call of a pass. */
class Calls implements Dispatch {
  readonly threads = 1;
  readonly fallbackReason = '';
  readonly check = () => {};
  readonly ready = async () => {};
  readonly dispose = () => {};
  readonly kernels: Kernels;
  calls: Call[] = [];
  #next = 0;

  constructor(kernels: Kernels) {
    this.kernels = kernels;
  }

  rewind(fresh: boolean): void {
    this.#next = 0;
    if (fresh) this.calls = [];
  }

  run(kernel: RangeKernel, extent: number, args: readonly number[]): void {
    const start = performance.now();
    (this.kernels[kernel] as RangeCall)(0, extent, ...args);
    const ms = performance.now() - start;
    const i = this.#next++;
    this.calls[i] = { kernel, extent, args, ms: Math.min(ms, this.calls[i]?.ms ?? Number.POSITIVE_INFINITY) };
  }
}

/** The work of every unit of a call; sums to 1. */
function unitsOf({ kernel, extent, args }: Call, kernels: Kernels): number[] {
  if (kernel !== 'linear') return Array.from({ length: extent }, () => 1 / extent);
  let mr = 1;
  while (kernels.linear_units(mr + 1, args[DTYPE]) === PARTS) mr++;
  const nr = isQuantizedDtype(DTYPES[args[DTYPE]]) ? 8 : simd === 'strict' ? 16 : 12;
  const [rows, n, tiles] = [args[ROWS], args[N], extent / PARTS];
  const panels = Math.ceil(n / nr);
  const begin = (part: number) => Math.floor((panels * part) / PARTS);
  return Array.from({ length: extent }, (_, unit) => {
    const [part, tile] = [Math.floor(unit / tiles), unit % tiles];
    const tileRows = Math.min(mr, rows - tile * mr);
    return (tileRows * (begin(part + 1) - begin(part))) / (rows * panels);
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

for (const dtype of dtypes.split(',') as Dtype[]) {
  let pass!: Calls;
  const dispatch = (kernels: Kernels) => {
    pass = new Calls(kernels);
    return pass;
  };
  const classify = await openClassifier(baseModel(), { dtype, simd: simd as CoreVariant, dispatch });
  for (const images of batches.split(',').map(Number)) {
    const pixels = Float32Array.from({ length: images * 3 * 224 ** 2 }, (_, i) => ((i * 7919) % 255) / 127.5 - 1);
    for (let round = 0; round < Number(rounds); round++) {
      pass.rewind(round === 0);
      await classify(pixels, images);
    }
    print(dtype, images, pass);
  }
}

function print(dtype: Dtype, images: number, { calls, kernels }: Calls): void {
  console.log(`\n${dtype} ${simd}, batch ${images}, Node ${process.versions.node}: times as fast as one thread\n`);
  console.log('| threads | whole pass | linear layers | attention | the rest |\n|---|---|---|---|---|');
  const work = calls.map((call) => unitsOf(call, kernels));
  for (const threads of THREADS) {
    /** The part of the thread that has most, of every call. */
    const largest = calls.map(({ kernel, extent }, i) => {
      const parts = Array.from({ length: threads }, (_, index) => share(extent, grainOf(kernel), index, threads));
      return Math.max(...parts.map(([begin, end]) => sum(work[i].slice(begin, end))));
    });
    const gain = (fits: (kernel: string) => boolean) => {
      const of = calls.map(({ kernel, ms }, i) => (fits(kernel) ? [ms, ms * largest[i]] : [0, 0]));
      return (sum(of.map(([ms]) => ms)) / sum(of.map(([, slowest]) => slowest))).toFixed(2);
    };
    const isRest = (kernel: string) => kernel !== 'linear' && !kernel.startsWith('attention');
    const attention = gain((kernel) => kernel.startsWith('attention'));
    const linear = gain((kernel) => kernel === 'linear');
    console.log(`| ${threads} | ${gain(() => true)} | ${linear} | ${attention} | ${gain(isRest)} |`);
  }
}
