import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Spread, spread } from './contest/statistics.ts';
import { RUNTIMES } from './lab/runtimes.mjs';
import type { BenchOptions } from './options.ts';

/** From the import of a build to its first answer, in processes of their own; unit: ms. */
export interface ColdStart {
  readonly runtime: string;
  /** The folder of the build. */
  readonly build: string;
  readonly import: Spread;
  readonly load: Spread;
  readonly answer: Spread;
  readonly total: Spread;
  /** Of the processor, threads of the engine included. */
  readonly cpu: Spread;
  /** One pass of the same tiny model, right after the answer and after hundreds of passes. */
  readonly secondPass: Spread;
  readonly settledPass: Spread;
}

interface Times {
  readonly label: string;
  readonly import: number;
  readonly load: number;
  readonly answer: number;
  readonly cpu: number;
  readonly secondPass: number;
  readonly settledPass: number;
}

/** This build, and beside it that of `--against`, in turns in each runtime that is installed. */
export async function benchColdStart(options: BenchOptions): Promise<ColdStart[]> {
  const builds = ['dist', ...(options.against ? [options.against] : [])];
  const runtimes = Object.entries(RUNTIMES).filter(([name]) => options.only.test(name));
  const cases = runtimes.flatMap(([runtime, command]) => builds.map((build) => ({ runtime, command, build })));
  const times = cases.map((): Times[] => []);
  for (let round = 0; round < options.rounds; round++) {
    for (const [i, { runtime, command, build }] of cases.entries())
      times[i].push(start(command, entryOf(build, runtime)));
    options.progress('cold start', round + 1, options.rounds);
  }
  return cases.map(({ runtime, build }, i) => {
    const of = (part: (times: Times) => number) => spread(times[i].map(part));
    const total = of((t) => t.import + t.load + t.answer);
    return {
      runtime,
      build,
      import: of((t) => t.import),
      load: of((t) => t.load),
      answer: of((t) => t.answer),
      total,
      cpu: of((t) => t.cpu),
      secondPass: of((t) => t.secondPass),
      settledPass: of((t) => t.settledPass),
    };
  });
}

/** Builds before 0.2 have a script for each runtime. */
function entryOf(build: string, runtime: string): string {
  const own = join(build, `index.${runtime.toLowerCase().split(' ')[0]}.js`);
  return existsSync(own) ? own : join(build, 'index.node.js');
}

function start([program, ...args]: readonly string[], entry: string): Times {
  const output = execFileSync(program, [...args, 'bench/contestants/coldStart.mjs', entry], { encoding: 'utf8' });
  const times = JSON.parse(output) as Times;
  if (times.label !== '5') throw new Error(`${entry} reads ${times.label} for 5`);
  return times;
}
