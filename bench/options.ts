import { parseArgs } from 'node:util';

/** How a bench run is asked for on the command line. */
export interface BenchOptions {
  readonly sections: readonly string[];
  readonly quick: boolean;
  readonly only: RegExp;
  readonly rounds: number;
  readonly loads: number;
  readonly json?: string;
  readonly svg?: string;
  /** A Python with torch and transformers: the variable PYTHON. */
  readonly python?: string;
  readonly say: (line: string) => void;
}

export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  return {
    sections: positionals,
    quick: values.quick,
    only: new RegExp(values.only, 'i'),
    rounds: Number(values.rounds ?? (values.quick ? 3 : 9)),
    loads: values.quick ? 1 : 2,
    json: values.json,
    svg: values.svg,
    python: process.env.PYTHON,
    say: (line) => console.log(line),
  };
}
