import type { BeitConfig } from '../model/beit/config.ts';
import { maskedArchitecture } from '../model/beit/heads/masked.ts';
import type { Tensor } from '../tensor.ts';
import type { RunOptions } from './createModel.ts';
import { type LoadOptions, loadModel, modelFromConfig } from './loadModel.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { MaskedInput } from './request.ts';
import type { ModelSource } from './source.ts';

export interface MaskedImageModelingOutput extends CommonOutput {
  /** [B, N, vocabSize] over visual tokens, one row a patch. */
  readonly logits: Tensor;
}

/**
 * BEiT pre-training: which visual token stands behind every patch, hidden ones included.
 *
 * @example
 * const model = await BeitForMaskedImageModeling.fromPretrained('fixtures/beit-digits-pt');
 * const { logits } = await model.forward({ pixelValues, boolMaskedPos }); // dims [1, 64, vocab]
 */
export class BeitForMaskedImageModeling extends PretrainedModel {
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<BeitForMaskedImageModeling> {
    return new BeitForMaskedImageModeling(await loadModel(source, () => maskedArchitecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & { seed?: number } = {},
  ): Promise<BeitForMaskedImageModeling> {
    return new BeitForMaskedImageModeling(await modelFromConfig(config, maskedArchitecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: MaskedInput): Promise<MaskedImageModelingOutput> {
    const { named, common } = await this.run(input);
    return { logits: named.logits, ...common };
  }
}
