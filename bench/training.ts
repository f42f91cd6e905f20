import { contest, type Score } from './contest/contest.ts';
import type { Contestant } from './contest/contestantProcess.ts';
import { largestDifference } from './contest/statistics.ts';
import { hasRival } from './contestants/rivalPackage.ts';
import type { TrainingJob } from './contestants/training.ts';
import { newestNode, v8Flags } from './engines.ts';
import { BLOCK } from './matrices.ts';
import type { BenchOptions } from './options.ts';

/** What training costs beside a forward pass, and beside other engines. */
export interface TrainingTimes {
  /** The layers of a block forward, and forward and back. */
  readonly layers: readonly Score[];
  /** A model forward, and a step of it. */
  readonly steps: readonly Score[];
}

/** Products that a layer takes forward, and forward and back. */
export const PRODUCTS = { forward: 1, step: 3, recomputed: 4 } as const;

export async function benchTraining(options: BenchOptions): Promise<TrainingTimes> {
  process.env.BEIT_BENCH_CLOCK = options.cpu ? 'cpu' : '';
  return { layers: await race('layers', options), steps: await race('model', options) };
}

async function race(what: TrainingJob['what'], options: BenchOptions): Promise<Score[]> {
  const rivals = what === 'layers' && hasRival('@tensorflow/tfjs-core') ? ['tfjs-wasm'] : [];
  const forms: TrainingJob['form'][] = what === 'model' ? ['forward', 'step', 'recomputed'] : ['forward', 'step'];
  const all = [
    ...forms.map((form) => entry('ours', what, form)),
    ...rivals.flatMap((engine) => [entry(engine, what, 'forward'), entry(engine, what, 'step')]),
    ...(options.python ? [python(options.python, what, 'forward'), python(options.python, what, 'step')] : []),
  ];
  const answers = new Map<string, readonly number[]>();
  const wrong = (name: string, answer: readonly number[]) => {
    const form = name.split(', ')[1].replace('recomputed', 'step');
    const first = answers.get(form) ?? answer;
    answers.set(form, first);
    // models begin with random weights of their own
    if (what === 'model') return answer.every(Number.isFinite) ? '' : 'numbers that are not finite';
    if (name.startsWith('PyTorch')) return ''; // other numbers, as many of them
    const difference = largestDifference(answer, first);
    return difference < 1e-2 ? '' : `products differ by ${difference}`;
  };
  const { rounds, say, progress } = options;
  const chosen = all.filter(({ name }) => options.only.test(name));
  return contest(chosen, { rounds, loads: 1, wrong, say, progress });
}

const job = (what: TrainingJob['what'], form: TrainingJob['form']) =>
  JSON.stringify({ what, form, shapes: BLOCK } satisfies TrainingJob);

function entry(engine: string, what: TrainingJob['what'], form: TrainingJob['form']): Contestant {
  const command = [newestNode, ...v8Flags, 'build/bench/bench/contestants/training.mjs', job(what, form), engine];
  return { name: `${engine}, ${form}`, command };
}

function python(binary: string, what: TrainingJob['what'], form: TrainingJob['form']): Contestant {
  return { name: `PyTorch, ${form}`, command: [binary, 'bench/contestants/training.py', job(what, form)] };
}
