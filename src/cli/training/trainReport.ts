import type { SkippedPicture } from '../../train/data/pictureStore.ts';
import type { Evaluation } from '../../train/metrics.ts';
import type { Divergence } from '../../train/run/runSettings.ts';
import { EXIT } from '../exit.ts';

interface Epoch {
  readonly epoch: number;
  readonly loss: number;
  readonly validation: { readonly loss: number; readonly accuracy: number } | null;
}

/** One line on the terminal for each epoch. */
export function reportEpoch(progress: { readonly status: string } | ({ readonly status: 'epoch' } & Epoch)): void {
  if (!('epoch' in progress)) return;
  const { epoch, loss, validation } = progress;
  const held = validation
    ? `, held out: loss ${validation.loss.toFixed(4)}, ${percent(validation.accuracy)} right`
    : '';
  process.stderr.write(`epoch ${epoch}: loss ${loss.toFixed(4)}${held}\n`);
}

/** Pictures that were left out, and a loss that was not finite; they set the exit code. */
export function reportTroubles(skipped: readonly SkippedPicture[], diverged: Divergence | null): void {
  for (const { name, error } of skipped) process.stderr.write(`skipped ${name}: ${error.message}\n`);
  if (skipped.length > 0) process.exitCode = EXIT.picture;
  if (!diverged) return;
  process.stderr.write(`the loss of step ${diverged.step} is not finite: these are the last good weights\n`);
  process.exitCode = EXIT.model;
}

/** Precision and recall of each class. */
export function reportClasses({ perClass }: Evaluation): void {
  const width = perClass.reduce((most, { name }) => Math.max(most, name.length), 0);
  for (const { name, precision, recall } of perClass) {
    process.stderr.write(`  ${name.padEnd(width)}  precision ${percent(precision)}, recall ${percent(recall)}\n`);
  }
}

export const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
