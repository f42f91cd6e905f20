import type { BeitConfig } from '../model/beit/config.ts';
import { classificationArchitecture } from '../model/beit/heads/classification.ts';
import type { Tensor } from '../tensor.ts';
import type { RunOptions } from './createModel.ts';
import { type LoadOptions, loadModel, modelFromConfig } from './loadModel.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { ForwardInput } from './request.ts';
import type { ModelSource } from './source.ts';

export interface ImageClassifierOutput extends CommonOutput {
  /** [B, numLabels], before any softmax. */
  readonly logits: Tensor;
}

/**
 * BEiT with a linear classifier over its pooled output.
 *
 * @example
 * const model = await BeitForImageClassification.fromPretrained('fixtures/beit-digits');
 * const { logits } = await model.forward({ pixelValues }); // dims [1, 10]
 */
export class BeitForImageClassification extends PretrainedModel {
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<BeitForImageClassification> {
    return new BeitForImageClassification(await loadModel(source, () => classificationArchitecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & { seed?: number } = {},
  ): Promise<BeitForImageClassification> {
    return new BeitForImageClassification(await modelFromConfig(config, classificationArchitecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: ForwardInput): Promise<ImageClassifierOutput> {
    const { named, common } = await this.run(input);
    return { logits: named.logits, ...common };
  }
}
