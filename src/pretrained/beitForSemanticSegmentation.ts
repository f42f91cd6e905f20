import type { RunOptions } from '../engine/createModel.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { FeatureConvention } from '../model/beit/heads/segmentation/featureConvention.ts';
import { segmentationArchitecture } from '../model/beit/heads/segmentation/segmentation.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { ForwardInput } from './request.ts';

/** What a {@link BeitForSemanticSegmentation} takes. */
export interface SemanticSegmentationInput extends ForwardInput {
  /** Asks for the loss: [B, height, width] class indices of int64 or int32, of any size; the config's ignore index is passed over. */
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
  /** Which hidden states `outIndices` means; {@link FeatureConvention} explains the three. Default `transformers`. */
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
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(
    source: ModelSource,
    options: LoadOptions & FeatureOption = {},
  ): Promise<BeitForSemanticSegmentation> {
    const architecture = segmentationArchitecture(options?.featureConvention);
    return new BeitForSemanticSegmentation(await openModel(source, architecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & FeatureOption & { seed?: number | undefined } = {},
  ): Promise<BeitForSemanticSegmentation> {
    const architecture = segmentationArchitecture(options?.featureConvention);
    return new BeitForSemanticSegmentation(await createModelFrom(config, architecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: SemanticSegmentationInput): Promise<SemanticSegmenterOutput> {
    const { named, common, loss } = await this.run(input, ({ segmentationLoss }, { labels, pixelValues }) => {
      const lossOf = segmentationLoss(this.config, labels, pixelValues.dims[0]);
      return ({ logits, auxiliaryLogits }) => lossOf(logits, auxiliaryLogits);
    });
    return { loss, logits: named.logits, ...common };
  }
}
