import type { RunOptions } from '../engine/createModel.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { maskedArchitecture } from '../model/beit/heads/masked.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { MaskedInput } from './request.ts';

/** What a {@link BeitForMaskedImageModeling} takes. */
export interface MaskedImageModelingInput extends MaskedInput {
  /** Asks for the loss: the visual tokens of the masked patches, image after image, [M] of int64 or int32; −100 is passed over. */
  readonly labels?: Labels | undefined;
}

/** What a {@link BeitForMaskedImageModeling} gives. */
export interface MaskedImageModelingOutput extends CommonOutput {
  /** Mean over the masked patches, a plain number; present when `labels` were given. */
  readonly loss?: number;
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
    return new BeitForMaskedImageModeling(await openModel(source, maskedArchitecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & { seed?: number | undefined } = {},
  ): Promise<BeitForMaskedImageModeling> {
    return new BeitForMaskedImageModeling(await createModelFrom(config, maskedArchitecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: MaskedImageModelingInput): Promise<MaskedImageModelingOutput> {
    const { named, common, loss } = await this.run(input, ({ maskedLoss }, { labels, boolMaskedPos }) => {
      const lossOf = maskedLoss(this.config, labels, boolMaskedPos);
      return ({ logits }) => lossOf(logits);
    });
    return { loss, logits: named.logits, ...common };
  }
}
