import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { FeatureConvention } from '../model/beit/heads/segmentation/featureConvention.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, commonOutput, hasLabels, losses, PretrainedModel } from './pretrainedModel.ts';
import { checkedRequest, type ForwardInput } from './request.ts';

/** What a {@link BeitForSemanticSegmentation} takes. */
export interface SemanticSegmentationInput extends ForwardInput {
  /**
   * Asks for the loss; without them there is none. [B, height, width] class indices of int64 or int32, of any size; the
   * config's ignore index is passed over.
   */
  readonly labels?: Labels | undefined;
}

/** What a {@link BeitForSemanticSegmentation} gives. */
export interface SemanticSegmenterOutput extends CommonOutput {
  /** Mean over the pixels that are not ignored, the auxiliary head's share included; present when `labels` were given. */
  readonly loss?: number;
  /** [B, numLabels, 4·⌊height/patch⌋, 4·⌊width/patch⌋]; `postProcessSemanticSegmentation` brings them to picture size. */
  readonly logits: Tensor;
}

interface FeatureOption {
  /**
   * Which hidden states `outIndices` means; {@link FeatureConvention} explains the three. Default `transformers`; `unilm` for weights
   * in the names of mmsegmentation, of which `onWarning` is told.
   */
  readonly featureConvention?: FeatureConvention | undefined;
}

/**
 * BEiT with a UPerNet head: a class for every pixel.
 *
 * @example
 * const model = await BeitForSemanticSegmentation.fromPretrained('fixtures/models/seg');
 * const { logits } = await model.forward({ pixelValues }); // [1, 3, 16, 16] → dims [1, 5, 16, 16]
 */
export class BeitForSemanticSegmentation extends PretrainedModel {
  /** @internal */
  static override readonly ownOptions: string = 'featureConvention';

  /** @internal */
  static architecture(options?: FeatureOption): ArchitectureKey {
    return { name: 'BeitForSemanticSegmentation', variant: options?.featureConvention };
  }

  /**
   * @param input pixels [B, channels, height, width] of any size of at least one patch, labels, and what is to be given
   * besides
   * @returns `logits` [B, numLabels, h, w], and `loss` where labels were given; hidden states and attentions where they
   * were asked for
   * @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory`
   */
  async forward(input: SemanticSegmentationInput): Promise<SemanticSegmenterOutput> {
    const request = checkedRequest(this.config, input, 'labels');
    const images = input.pixelValues.dims[0];
    const loss = hasLabels(input) ? (await losses()).segmentationLoss(this.config, input.labels, images) : null;
    const outputs = await this.loaded.run({ ...request, withLoss: loss !== null }, input.signal);
    const { logits, auxiliaryLogits } = outputs;
    return { loss: loss?.(logits!, auxiliaryLogits), logits: logits!, ...commonOutput(outputs) };
  }
}
