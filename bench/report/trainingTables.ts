import type { Score } from '../contest/contest.ts';
import type { BenchResults } from '../results.ts';
import { PRODUCTS } from '../training.ts';
import { markdownTable } from './markdown.ts';

/** What training costs: milliseconds, the rate beside that of the forward pass of the same engine, and beside ours. */
export function trainingTables({ training }: BenchResults): string {
  if (!training) return '';
  return [
    ['The layers of a block, 197 rows: forward, and forward and back', training.layers],
    ['Four blocks of BEiT-base 224, two images: forward, and a step of AdamW', training.steps],
  ]
    .map(([title, scores]) => `### ${title}\n\n${table(scores as readonly Score[])}`)
    .join('\n\n');
}

function table(scores: readonly Score[]): string {
  const rows = scores.map((score) => {
    const [engine, form] = score.name.split(', ') as [string, keyof typeof PRODUCTS];
    const forward = scores.find(({ name }) => name === `${engine}, forward`);
    const ours = scores.find(({ name }) => name === `ours, ${form}`);
    const rate = forward ? (PRODUCTS[form] * forward.pass.best) / score.pass.best : Number.NaN;
    const ratio = ours ? score.pass.best / ours.pass.best : Number.NaN;
    const { median, best } = score.pass;
    const peak = `${(score.peakBytes / 1e6).toFixed(0)} MB`;
    const percent = `${(100 * rate).toFixed(0)} %`;
    return [score.name, median.toFixed(1), best.toFixed(1), percent, ratio.toFixed(2), peak, score.note];
  });
  return markdownTable(['engine', 'ms', 'best', 'of the forward rate', '÷ ours', 'peak resident', 'memory'], rows);
}
