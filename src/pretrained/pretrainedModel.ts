import type { EngineInfo } from '../device.ts';
import type { Collected } from '../engine/batchedOutputs.ts';
import { check, checkObject, throwIfAborted } from '../errors.ts';
import type { ModelHandle } from '../hosting/modelHandle.ts';
import { type CreateFile, fileMaker } from '../loading/createFile.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { checkedRequest, type MaskedInput } from './request.ts';

/** What every class can give besides its own outputs. */
export interface CommonOutput {
  /** depth + 1 tensors [B, T, dim]: the embeddings, then every block's output, before any final norm. */
  readonly hiddenStates?: readonly Tensor[];
  /** depth tensors [B, heads, T, T], after the softmax and the head mask. */
  readonly attentions?: readonly Tensor[];
}

type Losses = typeof import('../model/beit/losses/losses.ts');
/** A loss, made of a pass's outputs by their names. */
type Loss = (named: Collected) => number;

/** @throws `InvalidArgument` for labels that are no tensor */
function hasLabels<I extends { readonly labels?: Labels }>(input: I): input is I & { readonly labels: Labels } {
  if (input.labels === undefined || input.labels === null) return false;
  checkTensor('Invalid labels', input.labels);
  return true;
}

/** What all model classes share: a config, memory, and an end. */
export abstract class PretrainedModel {
  readonly config: BeitConfig;
  /** What the checkpoint lacked and what it had beyond the model. */
  readonly loadReport: LoadReport;
  #model: ModelHandle | null;

  constructor(model: ModelHandle) {
    this.config = model.config;
    this.loadReport = model.report;
    this.#model = model;
  }

  /** Bytes of linear memory, or of the GPU's: weights and buffers of the last input size. */
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

  /** One pass; with labels in the input, `lossOf` checks them before it and makes the loss of its outputs after it. */
  protected async run<I extends MaskedInput & { readonly labels?: Labels }>(
    input: I,
    lossOf?: (losses: Losses, input: I & { readonly labels: Labels }) => Loss,
  ): Promise<{ named: Collected; common: CommonOutput; loss?: number }> {
    const request = checkedRequest(this.config, input);
    const loss = hasLabels(input) ? lossOf?.(await import('../model/beit/losses/losses.ts'), input) : undefined;
    const named = await this.loaded.run({ ...request, withLoss: loss !== undefined }, input.signal);
    const series = (name: string) =>
      Object.keys(named)
        .filter((key) => key.startsWith(`${name}.`))
        .map((key) => named[key]);
    const [hiddenStates, attentions] = [series('hiddenStates'), series('attentions')];
    return {
      named,
      loss: loss?.(named),
      common: {
        hiddenStates: hiddenStates.length ? hiddenStates : undefined,
        attentions: attentions.length ? attentions : undefined,
      },
    };
  }

  /**
   * Writes `config.json` and safetensors that Python opens, into a folder or through a function that makes files.
   *
   * @returns the names of the files
   * @throws `FileSystem`, `Aborted`; `UnsupportedRuntime` for a path where there is no file system
   * @example
   * await model.savePretrained('my-beit', { dtype: 'f16', shardSize: 24e6 });
   */
  async savePretrained(target: string | CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    checkObject('Invalid options', options);
    throwIfAborted(options.signal);
    return this.loaded.save(await fileMaker(target), options);
  }

  /** Gives the memory back. The model cannot be used afterwards. */
  dispose(): void {
    this.#model?.dispose();
    this.#model = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
