import { parseArgs } from 'node:util';
import type { Progress } from './progress.ts';

/** How a bench run is asked for on the command line. */
export interface BenchOptions {
  /** What to measure; empty for everything. */
  readonly sections: readonly string[];
  readonly quick: boolean;
  /** Contestants, kernels and models whose names do not match are left out. */
  readonly only: RegExp;
  readonly rounds: number;
  /** Times a contestant is started and loaded. */
  readonly loads: number;
  /** The folder of another build, which is started in turns with this one. */
  readonly against?: string;
  /** Keeps numbers and picture in bench/results, under the name of the processor. */
  readonly save: boolean;
  /** Whether passes and loads are timed by the processor time of their process. */
  readonly cpu: boolean;
  /** Flags of V8 for every Node of the run: they imitate another processor. */
  readonly v8: readonly string[];
  readonly json?: string;
  readonly svg?: string;
  readonly help: boolean;
  /** A Python with torch and transformers: the variable PYTHON. */
  readonly python?: string;
  readonly say: (line: string) => void;
  /** Says how far the section is that is measured. */
  readonly progress: Progress;
}

export const HELP = `npm run bench [-- SECTION… OPTION…]

Sections (all unless some are named): models, matrices, train, linear, kernels, scaling, accuracy, pictures,
start, profile
--quick       fewer rounds and sizes
--only WORDS  a regular expression: what matches is measured
--rounds N    rounds of every contestant (9; quick 3)
--against DIR start: the dist/ of another build, in turns with this one
--cpu         models, train, linear, scaling: processor time instead of time, for a busy machine; only contestants on one
              thread
--v8=FLAG     a flag of V8 for this run and all its contestants in Node, any number of times: --v8=--no-enable-avx-vnni imitates
              an x64 processor without that instruction set (native engines still use it)
--save        keeps numbers and picture in bench/results, one file a processor; sections that are not measured stay
--json FILE   all numbers
--svg FILE    milliseconds an image as a picture
PYTHON=…      a Python with torch and transformers joins the contest
The rivals: npm ci in bench/rivals. Node with relaxed SIMD beside an old one: npm run tools`;

export function readOptions(args: readonly string[]): Omit<BenchOptions, 'progress'> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      cpu: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      v8: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      against: { type: 'string' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const { quick, help, save, cpu, only, against, v8, json, svg } = values;
  const rounds = Number(values.rounds ?? (quick ? 3 : 9));
  if (!(rounds >= 1)) throw new Error(`--rounds wants a number from 1, got ${values.rounds}`);
  return {
    sections: positionals,
    quick,
    help,
    save,
    cpu,
    only: new RegExp(only, 'i'),
    rounds,
    loads: quick ? 1 : 2,
    against,
    v8,
    json,
    svg,
    python: process.env.PYTHON,
    say: (line) => console.log(line),
  };
}
