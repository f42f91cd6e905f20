import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { ProblemType } from '../model/beit/config/config.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, hasLabels, losses, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type ForwardInput } from './request.ts';

/** What a {@link BeitForImageClassification} takes. */
export interface ImageClassificationInput extends ForwardInput {
  /**
   * Asks for the loss; without them there is none. [B] of int64 or int32: class indices, −100 passed over. float32 [B, numLabels]: 0 or 1 for each of
   * several labels, or targets of a regression; to regress one number, [B] will do.
   */
  readonly labels?: Labels | undefined;
  /** Instead of the config's `problemType`; without either it follows from the labels, anew in every call. */
  readonly problemType?: ProblemType | undefined;
}

/** What a {@link BeitForImageClassification} gives. */
export interface ImageClassifierOutput extends CommonOutput {
  /** Mean over the batch, a plain number; present when `labels` were given. */
  readonly loss?: number;
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
  /** @internal */
  static architecture(): ArchitectureKey {
    return { name: 'BeitForImageClassification' };
  }

  /**
   * @param input pixels [B, channels, height, width] of any size of at least one patch, labels, and what is to be given
   * besides
   * @returns `logits` [B, numLabels], and `loss` where labels were given; hidden states and attentions where they were
   * asked for
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: ImageClassificationInput): Promise<ImageClassifierOutput> {
    const request = checkedRequest(this.config, input, 'labels problemType');
    const { pixelValues, problemType } = input;
    const loss = hasLabels(input)
      ? (await losses()).classificationLoss(this.config, input.labels, pixelValues.dims[0], problemType)
      : null;
    const outputs = await this.loaded.run({ ...request, withLoss: loss !== null }, input.signal);
    const { logits } = outputs;
    return { loss: loss?.(logits!), logits: logits!, ...commonOutput(outputs) };
  }
}
