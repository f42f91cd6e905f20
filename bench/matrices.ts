import { contest, type Score } from './contest/contest.ts';
import type { Contestant } from './contest/contestantProcess.ts';
import { cosine, largestDifference } from './contest/statistics.ts';
import type { MatrixJob } from './contestants/matrices.ts';
import { hasRival } from './contestants/rivalPackage.ts';
import { newestNode, v8Flags } from './engines.ts';
import type { BenchOptions } from './options.ts';

/** Query-key-value, projection, and both layers of the MLP of BEiT-base at 224, [m, n, k]. */
export const BLOCK: MatrixJob['shapes'] = [
  [197, 2304, 768],
  [197, 768, 768],
  [197, 3072, 768],
  [197, 768, 3072],
];

/** Multiplications of one pass, twice: what a GFLOP counts. */
export const BLOCK_FLOP: number = BLOCK.reduce((sum, [m, n, k]) => sum + 2 * m * n * k, 0);

/** The products of one block, engine against engine. */
export async function benchMatrices(options: BenchOptions): Promise<Score[]> {
  const all: Contestant[] = [
    entry('ours f32, matrices', 'ours', 'f32'),
    entry('ours q8, matrices', 'ours', 'q8'),
    ...(hasRival('onnxruntime-web') ? [entry('onnxruntime-web f32, matrices', 'onnxruntime-web', 'f32')] : []),
    ...(hasRival('@tensorflow/tfjs-core') ? [entry('tfjs-wasm f32, matrices', 'tfjs', 'f32')] : []),
  ];
  const chosen = all.filter(({ name }) => options.only.test(name));
  const answers: (readonly number[])[] = [];
  const wrong = (name: string, answer: readonly number[]) => {
    answers.push(answer);
    const [first] = answers;
    if (/q8/.test(name)) return cosine(answer, first) > 0.999 ? '' : `cosine ${cosine(answer, first)}`;
    const difference = largestDifference(answer, first);
    return difference < 1e-3 ? '' : `products differ by ${difference}`;
  };
  const { rounds, say, progress } = options;
  return contest(chosen, { rounds: 3 * rounds, loads: 1, wrong, say, progress });
}

function entry(name: string, engine: string, dtype: MatrixJob['dtype']): Contestant {
  const job: MatrixJob = { shapes: BLOCK, dtype };
  return {
    name,
    command: [newestNode, ...v8Flags, 'build/bench/bench/contestants/matrices.mjs', JSON.stringify(job), engine],
  };
}
