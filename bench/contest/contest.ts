import type { Progress } from '../progress.ts';
import { type Contestant, ContestantProcess } from './contestantProcess.ts';
import { type Spread, spread } from './statistics.ts';

/** What was measured of one contestant. */
export interface Score {
  readonly name: string;
  /** Milliseconds of one pass. */
  readonly pass: Spread;
  readonly passes: readonly number[];
  readonly load: Spread;
  readonly first: Spread;
  readonly peakBytes: number;
  readonly answer: readonly number[];
  readonly note: string;
}

export interface ContestOptions {
  readonly rounds: number;
  /** Times that every contestant is started and loaded; the processes of the last time go on to the rounds. */
  readonly loads: number;
  /** Says what is wrong with an answer, or nothing. */
  readonly wrong: (name: string, answer: readonly number[]) => string;
  readonly say: (line: string) => void;
  readonly progress: Progress;
}

interface Entrant {
  readonly name: string;
  readonly process: ContestantProcess;
  readonly answer: readonly number[];
  readonly note: string;
  readonly load: number[];
  readonly first: number[];
  readonly passes: number[];
}

/**
 * Every contestant in a process of its own: started `loads` times one after the other, its answer checked, and then, all
 * of them alive, `rounds` rounds of two passes each in turn, the second timed, so that what disturbs the machine disturbs
 * all alike.
 */
export async function contest(contestants: readonly Contestant[], options: ContestOptions): Promise<Score[]> {
  const entrants: Entrant[] = [];
  const steps = contestants.length + options.rounds + 1;
  for (const [i, contestant] of contestants.entries()) {
    const entrant = await enter(contestant, options);
    if (entrant) entrants.push(entrant);
    options.progress(`loaded ${contestant.name}`, i + 1, steps);
  }
  for (let round = -1; round < options.rounds; round++) {
    for (const { process, passes } of entrants) {
      await process.run(); // caches and clocks are still those of the contestant before
      const ms = await process.run();
      if (round >= 0) passes.push(ms); // one round to warm up
    }
    options.progress(`round ${round + 1} of ${options.rounds}`, contestants.length + round + 2, steps);
  }
  return Promise.all(entrants.map(score));
}

async function enter(contestant: Contestant, options: ContestOptions): Promise<Entrant | null> {
  const { name } = contestant;
  const [load, first]: [number[], number[]] = [[], []];
  for (let i = 1; ; i++) {
    const process = new ContestantProcess(contestant);
    try {
      const { loadMs, firstMs, answer, note } = await process.ready();
      const wrong = options.wrong(name, answer);
      if (wrong) throw new Error(`wrong answer: ${wrong}`);
      load.push(loadMs);
      first.push(firstMs);
      if (i === options.loads) return { name, process, answer, note, load, first, passes: [] };
      await process.quit();
    } catch (error) {
      process.kill();
      options.say(`${name}: left out, ${(error as Error).message}`);
      return null;
    }
  }
}

async function score({ process, load, first, passes, ...rest }: Entrant): Promise<Score> {
  const peakBytes = await process.quit();
  return { ...rest, pass: spread(passes), passes, load: spread(load), first: spread(first), peakBytes };
}
