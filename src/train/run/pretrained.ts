import { BeitError } from '../../errors.ts';
import type { CreateFile } from '../../loading/createFile.ts';
import type { BeitImageProcessor } from '../../loading/imageProcessors.ts';
import type { SavePretrainedOptions } from '../../loading/savePretrained.ts';
import type { BeitConfig } from '../../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../../options.ts';
import type { SkippedPicture } from '../data/pictureStore.ts';
import type { MaskedScore, PretrainEpoch } from '../pretrainOptions.ts';
import { saveTrained } from '../trainableModel.ts';
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
export class Pretrained {
  readonly config: BeitConfig;
  readonly history: readonly PretrainEpoch[];
  /** Whose weights these are, from 1; null when no epoch was finished. */
  readonly bestEpoch: number | null;
  readonly skipped: readonly SkippedPicture[];
  /** The step whose loss or gradient was not finite; null for a run that came to its end. */
  readonly diverged: Divergence | null;
  readonly #session: TrainSession;
  readonly #processor: BeitImageProcessor;
  #disposed = false;

  /** @internal */
  constructor(session: TrainSession, processor: BeitImageProcessor, result: RunResult<MaskedScore>) {
    this.#session = session;
    this.#processor = processor;
    this.config = session.config;
    this.history = result.history;
    this.bestEpoch = result.bestEpoch;
    this.skipped = result.skipped;
    this.diverged = result.diverged;
  }

  /**
   * Writes `config.json`, `preprocessor_config.json` and safetensors, which `fineTune`, `fromPretrained` and Python open.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param options dtype, bytes of a file, signal; each has a default
   * @returns the names of the files
   * @throws `FileSystem`, `Disposed`, `Aborted`; `UnsupportedRuntime` for a path where there is no file system
   */
  async save(target: string | CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    checkOptions(options, OPTIONS.save);
    if (this.#disposed) throw new BeitError('Disposed', 'Cannot use the model: it was disposed of');
    return saveTrained(this.#session, this.#processor, target, { ...options, lora: null });
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#disposed = true;
    this.#session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}
