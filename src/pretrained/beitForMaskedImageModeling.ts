import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, hasLabels, losses, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type MaskedInput } from './request.ts';

/** What a {@link BeitForMaskedImageModeling} takes. */
export interface MaskedImageModelingInput extends MaskedInput {
  /**
   * Asks for the loss; without them there is none. The visual tokens of the masked patches, image after image, [M] of int64
   * or int32; −100 is passed over.
   */
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
 * BEiT pre-training: predicts the visual token of every patch, masked ones included.
 *
 * @example
 * const model = await BeitForMaskedImageModeling.fromPretrained('fixtures/beit-digits-pt');
 * const { logits } = await model.forward({ pixelValues, boolMaskedPos }); // dims [1, 64, vocab]
 */
export class BeitForMaskedImageModeling extends PretrainedModel {
  /** @internal */
  static architecture(): ArchitectureKey {
    return { name: 'BeitForMaskedImageModeling' };
  }

  /**
   * @param input pixels [B, channels, height, width] of any size of at least one patch, a mask, labels, and what is to
   * be given besides
   * @returns `logits` [B, N, vocabSize], and `loss` where labels were given; hidden states and attentions where they
   * were asked for
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: MaskedImageModelingInput): Promise<MaskedImageModelingOutput> {
    const request = checkedRequest(this.config, input, 'labels boolMaskedPos');
    const loss = hasLabels(input) ? (await losses()).maskedLoss(this.config, input.labels, input.boolMaskedPos) : null;
    const outputs = await this.loaded.run({ ...request, withLoss: loss !== null }, input.signal);
    const { logits } = outputs;
    return { loss: loss?.(logits!), logits: logits!, ...commonOutput(outputs) };
  }
}
