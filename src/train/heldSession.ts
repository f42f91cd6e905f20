import { BeitError } from '../errors.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import type { LoraOptions } from './lora.ts';
import { saveTrained } from './trainableModel.ts';
import type { TrainSession } from './trainSession.ts';

/** What all that hold a model in training share: its config, how it is saved, and how its memory is given back. */
export abstract class HeldSession {
  readonly config: BeitConfig;
  readonly #session: TrainSession;
  readonly #processor: BeitImageProcessor;
  #disposed = false;

  /** @internal */
  constructor(session: TrainSession, processor: BeitImageProcessor) {
    this.config = session.config;
    this.#session = session;
    this.#processor = processor;
  }

  /** @internal The session, unless it was disposed of. @throws `Disposed` */
  protected get session(): TrainSession {
    if (this.#disposed) throw new BeitError('Disposed', 'Cannot use the model: it was disposed of');
    return this.#session;
  }

  /** @internal The adapters that are added to the weights when the model is saved. */
  protected get adapters(): LoraOptions | null {
    return null;
  }

  /**
   * Writes `config.json`, `preprocessor_config.json` and safetensors, which `fineTune`, `fromPretrained` and Python open;
   * adapters are added to the weights.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param options dtype, bytes of a file, signal; each has a default
   * @returns the names of the files
   * @throws `FileSystem`, `Disposed`, `Aborted`; `UnsupportedRuntime` for a path where there is no file system
   */
  async save(target: string | CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    checkOptions(options, OPTIONS.save);
    return saveTrained(this.session, this.#processor, target, { ...options, lora: this.adapters });
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
