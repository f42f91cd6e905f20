import { useProcessorTime } from './contest/clock.ts';
import { contest, type Score } from './contest/contest.ts';
import type { Contestant } from './contest/contestantProcess.ts';
import { modelContestants } from './contest/modelContestants.ts';
import { cosine, largestDifference } from './contest/statistics.ts';
import { baseModel } from './models/baseModel.ts';
import { prepareModel, preparePixels } from './models/prepare.ts';
import type { BenchOptions } from './options.ts';

/** What f32 engines may differ by in a logit, and how far 8-bit answers may turn from f32. */
const F32_TOLERANCE = 1e-3;
const INT_COSINE = 0.99;

/** BEiT-base 224, one image: everybody against everybody. `fused`: whether fused arithmetic is there. */
export async function benchModels(options: BenchOptions, fused: boolean): Promise<Score[]> {
  const model = await prepareModel('beit-base', baseModel);
  const input = { pixels: preparePixels(224), images: 1, size: 224 };
  const all = modelContestants(model, input, { python: options.python, fused });
  const fair = all.filter(({ name }) => !options.cpu || !/2 threads|PyTorch/.test(name));
  const chosen = fair.filter(({ name }) => options.only.test(name));
  if (options.cpu) useProcessorTime();
  const expected = await referenceAnswer(all[0]);
  const ours = new Map<string, readonly number[]>([['f32', expected]]);
  return contest(chosen, {
    rounds: options.rounds,
    loads: options.loads,
    say: options.say,
    progress: options.progress,
    wrong: (name, answer) => judge(name, answer, expected) || differs(ours, name, answer),
  });
}

/** What of ours differs from others of ours of the same dtype: threads, SIMD and Node must not change a bit. */
function differs(ours: Map<string, readonly number[]>, name: string, answer: readonly number[]): string {
  const dtype = /^ours (\w+)/.exec(name)?.[1];
  if (!dtype) return '';
  const first = ours.get(dtype) ?? answer;
  ours.set(dtype, first);
  const at = answer.findIndex((logit, i) => logit !== first[i]);
  return at < 0 ? '' : `logit ${at} is ${answer[at]}, elsewhere ${first[at]}`;
}

/** Our own f32 logits, which the tests hold against transformers. */
async function referenceAnswer(ours: Contestant): Promise<readonly number[]> {
  const [score] = await contest([ours], { rounds: 1, loads: 1, wrong: () => '', say: () => {}, progress: () => {} });
  return score.answer;
}

function judge(name: string, answer: readonly number[], expected: readonly number[]): string {
  if (answer.length !== expected.length) return `${answer.length} logits instead of ${expected.length}`;
  const difference = largestDifference(answer, expected);
  if (/f32/.test(name)) return difference < F32_TOLERANCE ? '' : `logits differ by ${difference}`;
  const turn = cosine(answer, expected);
  return turn > INT_COSINE ? '' : `cosine ${turn}`;
}
