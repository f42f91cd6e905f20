import { check } from '../../errors.ts';
import type { CreateFile } from '../../loading/createFile.ts';
import type { TrainExample } from '../data/examples.ts';
import type { SkippedPicture } from '../data/pictureStore.ts';
import type { EpochMetrics } from '../fineTuneOptions.ts';
import { HeldSession } from '../heldSession.ts';
import { type LoraOptions, saveAdapter } from '../lora.ts';
import type { AdapterNaming } from '../peftNames.ts';
import type { ClassifierParts } from './classifierTask.ts';
import type { Divergence } from './runSettings.ts';

/**
 * What {@link fineTune} gives: the weights, what happened, and ways to keep them.
 *
 * @example
 * const tuned: FineTuned = await fineTune('fixtures/beit-digits', examples, { epochs: 5, validation: 0 });
 * const logits = await tuned.logits(png); // one number a class of tuned.classes
 * logits.length; // 2
 * tuned.dispose();
 */
export class FineTuned extends HeldSession {
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
  readonly history: readonly EpochMetrics[];
  /** Whose weights these are, from 1; null when no epoch was finished. */
  readonly bestEpoch: number | null;
  readonly skipped: readonly SkippedPicture[];
  /** The step whose loss or gradient was not finite; null for a run that came to its end. */
  readonly diverged: Divergence | null;
  readonly #parts: ClassifierParts;

  /** @internal */
  constructor(parts: ClassifierParts, result: Pick<FineTuned, 'history' | 'bestEpoch' | 'skipped' | 'diverged'>) {
    super(parts.session, parts.pictures.processor);
    this.#parts = parts;
    this.classes = parts.examples.classes;
    this.history = result.history;
    this.bestEpoch = result.bestEpoch;
    this.skipped = result.skipped;
    this.diverged = result.diverged;
  }

  /** @internal */
  protected override get adapters(): LoraOptions | null {
    const { defaults, options } = this.#parts;
    return defaults.train === 'lora' ? (options.lora ?? {}) : null;
  }

  /**
   * Writes the adapters alone as PEFT reads them, the classifier included.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param naming whose names of layers: `transformers4` (default) or `transformers5`, neither of which opens the other's
   * @returns the names of the files
   * @throws `InvalidArgument` for a run that trained no adapters; `FileSystem`, `Disposed`
   */
  async saveAdapter(target: string | CreateFile, naming?: AdapterNaming): Promise<string[]> {
    const { session, adapters } = this;
    check(adapters, 'InvalidArgument', "Cannot save an adapter: the run was not one of train: 'lora'");
    return saveAdapter(session, adapters, target, naming);
  }

  /**
   * The logits of one picture.
   *
   * @param image as in the examples
   * @returns [classes], before the softmax
   * @throws as `BeitImageProcessor.preprocess` does, `Disposed`
   */
  async logits(image: TrainExample['image']): Promise<Float32Array> {
    const { session } = this;
    const pixels = await this.#parts.pictures.picture(image);
    return session.logits({ pixels, images: 1 });
  }
}
