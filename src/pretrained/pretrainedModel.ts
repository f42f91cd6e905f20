import type { EngineInfo } from '../device.ts';
import type { PassOutputs } from '../engine/batchedOutputs.ts';
import type { RunOptions } from '../engine/modelOptions.ts';
import { check, throwIfAborted } from '../errors.ts';
import type { ModelHandle } from '../hosting/modelHandle.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { ModelSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import { OPTIONS, ownNames, type WithOtherNames } from '../options.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/** What every class can give besides its own outputs. */
export interface CommonOutput {
  /** depth + 1 tensors [B, T, dim]: the embeddings, then every block's output, before any final norm. */
  readonly hiddenStates?: readonly Tensor[];
  /** depth tensors [B, heads, T, T], after the softmax and the head mask. */
  readonly attentions?: readonly Tensor[];
}

/** What {@link PretrainedModel.fromPretrained} and `fromConfig` are called on. */
interface ModelClass {
  new (model: ModelHandle): PretrainedModel;
  architecture(options?: never): ArchitectureKey;
  readonly ownOptions: string;
}

/** The options that a class itself adds: those its architecture depends on. */
type OwnOptions<A> = A extends (options: infer O) => unknown ? O : never;

/** The losses are a chunk of their own: few pages ever ask for one. */
export const losses = () => import('../model/beit/losses/losses.ts');

/** @throws `InvalidArgument` unless labels are a tensor */
export function hasLabels<I extends { readonly labels?: Labels }>(input: I): input is I & { readonly labels: Labels } {
  if (input.labels === undefined || input.labels === null) return false;
  checkTensor('Invalid labels', input.labels);
  return true;
}

/** The hidden states and attentions of a pass, where it was asked for them. */
export function commonOutput({ hiddenStates, attentions }: PassOutputs): CommonOutput {
  return {
    hiddenStates: hiddenStates.length ? hiddenStates : undefined,
    attentions: attentions.length ? attentions : undefined,
  };
}

/** What all model classes share: how they are loaded, a config, memory, and how they are disposed of. */
export abstract class PretrainedModel {
  /** @internal Names of the options that the class adds, a space between them. */
  static readonly ownOptions: string = '';

  /**
   * Loads a model from a folder, a weights file, a repository of the hub, a URL or files by name.
   *
   * @param source where the model comes from; a folder wins over a repository of the same name
   * @param options how it is found, loaded and run; each has a default
   * @returns the model, on the engine that was chosen; give its memory back with `dispose`
   * @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted`
   */
  static async fromPretrained<C extends ModelClass>(
    this: C,
    source: ModelSource,
    options: WithOtherNames<LoadOptions> & OwnOptions<C['architecture']> = {} as never,
  ): Promise<InstanceType<C>> {
    const load = ownNames<LoadOptions>(options, `${OPTIONS.load} ${this.ownOptions}`);
    const model = await openModel(source, this.architecture(load as never), load);
    return new this(model) as InstanceType<C>;
  }

  /**
   * Random weights, as transformers initializes them; the same seed gives the same bits everywhere.
   *
   * @param config the numbers and switches of the model
   * @param options how it is run; `seed` is 0 unless given
   * @returns the model, on the engine that was chosen; give its memory back with `dispose`
   * @throws `InvalidArgument`, `InvalidConfig`, `OutOfMemory`
   */
  static async fromConfig<C extends ModelClass>(
    this: C,
    config: BeitConfig,
    options: WithOtherNames<RunOptions> & { seed?: number | undefined } & OwnOptions<C['architecture']> = {} as never,
  ): Promise<InstanceType<C>> {
    const run = ownNames<RunOptions>(options, `${OPTIONS.create} ${this.ownOptions}`);
    const model = await createModelFrom(config, this.architecture(run as never), run);
    return new this(model) as InstanceType<C>;
  }

  readonly config: BeitConfig;
  /** What the checkpoint lacked and what it had beyond the model. */
  readonly loadReport: LoadReport;
  #model: ModelHandle | null;

  constructor(model: ModelHandle) {
    this.config = model.config;
    this.loadReport = model.report;
    this.#model = model;
  }

  /** Bytes of WebAssembly or GPU memory: weights and buffers of the last input size. */
  get memory(): number {
    return this.loaded.memory;
  }

  /** Which core runs, on how many threads, and why not more; or which GPU. */
  get engine(): EngineInfo {
    return this.loaded.engine;
  }

  /** @internal */
  get loaded(): ModelHandle {
    check(this.#model, 'Disposed', 'Cannot use the model: it was disposed of');
    return this.#model;
  }

  /**
   * Writes `config.json` and safetensors that Python opens, into a folder or through a function that makes files.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @param options dtype, bytes of a file, signal; each has a default
   * @returns the names of the files
   * @throws `FileSystem`, `Aborted`; `UnsupportedRuntime` for a path where there is no file system
   * @example
   * await model.savePretrained('my-beit', { dtype: 'f16', shardSize: 24e6 });
   */
  async savePretrained(
    target: string | CreateFile,
    options: WithOtherNames<SavePretrainedOptions> = {},
  ): Promise<string[]> {
    const saving = ownNames<SavePretrainedOptions>(options, OPTIONS.save);
    throwIfAborted(saving.signal);
    const { fileMaker } = await import('../loading/createFile.ts'); // few pages ever save a model
    return this.loaded.save(await fileMaker(target), saving);
  }

  /** Gives the memory back. The model cannot be used afterwards. */
  dispose(): void {
    this.#model?.dispose();
    this.#model = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}
