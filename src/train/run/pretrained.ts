import type { BeitImageProcessor } from '../../loading/imageProcessors.ts';
import type { SkippedPicture } from '../data/pictureStore.ts';
import { HeldSession } from '../heldSession.ts';
import type { MaskedScore, PretrainEpoch } from '../pretrainOptions.ts';
import type { TrainSession } from '../trainSession.ts';
import type { Divergence, RunResult } from './runSettings.ts';

/**
 * What {@link pretrain} gives: the weights, what happened, and a way to keep them.
 *
 * @example
 * const tokenizer = PatchCodebook.fit([pixelValues], { codes: 64, patchSize: 4 });
 * const trained: Pretrained = await pretrain('fixtures/beit-digits-pt', examples, { tokenizer, epochs: 1, validation: 0 });
 * trained.history.at(-1)?.loss;
 * trained.dispose();
 */
export class Pretrained extends HeldSession {
  readonly history: readonly PretrainEpoch[];
  /** Whose weights these are, from 1; null when no epoch was finished. */
  readonly bestEpoch: number | null;
  readonly skipped: readonly SkippedPicture[];
  /** The step whose loss or gradient was not finite; null for a run that came to its end. */
  readonly diverged: Divergence | null;

  /** @internal */
  constructor(session: TrainSession, processor: BeitImageProcessor, result: RunResult<MaskedScore>) {
    super(session, processor);
    this.history = result.history;
    this.bestEpoch = result.bestEpoch;
    this.skipped = result.skipped;
    this.diverged = result.diverged;
  }
}
