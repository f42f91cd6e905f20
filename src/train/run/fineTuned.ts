import { BeitError, check } from '../../errors.ts';
import type { CreateFile } from '../../loading/createFile.ts';
import type { SavePretrainedOptions } from '../../loading/savePretrained.ts';
import type { BeitConfig } from '../../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../../options.ts';
import type { TrainExample } from '../data/examples.ts';
import type { SkippedPicture } from '../data/pictureStore.ts';
import type { EpochMetrics } from '../fineTuneOptions.ts';
import { saveAdapter } from '../lora.ts';
import type { AdapterNaming } from '../peftNames.ts';
import { saveTrained } from '../trainableModel.ts';
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
export class FineTuned {
  readonly config: BeitConfig;
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
  readonly history: readonly EpochMetrics[];
  /** Whose weights these are, from 1; null when no epoch was finished. */
  readonly bestEpoch: number | null;
  readonly skipped: readonly SkippedPicture[];
  /** The step whose loss or gradient was not finite; null for a run that came to its end. */
  readonly diverged: Divergence | null;
  readonly #parts: ClassifierParts;
  #disposed = false;

  /** @internal */
  constructor(parts: ClassifierParts, result: Pick<FineTuned, 'history' | 'bestEpoch' | 'skipped' | 'diverged'>) {
    this.#parts = parts;
    this.config = parts.session.config;
    this.classes = parts.examples.classes;
    this.history = result.history;
    this.bestEpoch = result.bestEpoch;
    this.skipped = result.skipped;
    this.diverged = result.diverged;
  }

  /**
   * Writes `config.json`, `preprocessor_config.json` and safetensors, which `fromPretrained` and Python open; adapters are
   * added to the weights.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param options dtype, bytes of a file, signal; each has a default
   * @returns the names of the files
   * @throws `FileSystem`, `Disposed`, `Aborted`; `UnsupportedRuntime` for a path where there is no file system
   */
  async save(target: string | CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    checkOptions(options, OPTIONS.save);
    const { session, pictures, defaults, options: own } = this.#use();
    const { lora = {} } = own;
    return saveTrained(session, pictures.processor, target, {
      ...options,
      lora: defaults.train === 'lora' ? lora : null,
    });
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
    const { session, defaults, options } = this.#use();
    check(defaults.train === 'lora', 'InvalidArgument', "Cannot save an adapter: the run was not one of train: 'lora'");
    return saveAdapter(session, options.lora ?? {}, target, naming);
  }

  /**
   * The logits of one picture.
   *
   * @param image as in the examples
   * @returns [classes], before the softmax
   * @throws as `BeitImageProcessor.preprocess` does, `Disposed`
   */
  async logits(image: TrainExample['image']): Promise<Float32Array> {
    const { session, pictures } = this.#use();
    const pixels = await pictures.picture(image);
    return session.logits({ pixels, images: 1 });
  }

  #use(): ClassifierParts {
    if (this.#disposed) throw new BeitError('Disposed', 'Cannot use the model: it was disposed of');
    return this.#parts;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#disposed = true;
    this.#parts.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}
