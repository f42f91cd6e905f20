import type { RunOptions } from '../engine/createModel.ts';
import { checkChoice } from '../errors.ts';
import { createModelFrom, openModel } from '../hosting/openModel.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { type BeitConfig, PROBLEM_TYPES, type ProblemType } from '../model/beit/config/config.ts';
import { classificationArchitecture } from '../model/beit/heads/classification.ts';
import type { Labels } from '../model/beit/losses/lossLabels.ts';
import type { Tensor } from '../tensor.ts';
import { type CommonOutput, PretrainedModel } from './pretrainedModel.ts';
import type { ForwardInput } from './request.ts';

/** What a {@link BeitForImageClassification} takes. */
export interface ImageClassificationInput extends ForwardInput {
  /**
   * Asks for the loss. [B] of int64 or int32: class indices, −100 passed over. float32 [B, numLabels]: 0 or 1 for each of
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
  /** @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted` */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<BeitForImageClassification> {
    return new BeitForImageClassification(await openModel(source, classificationArchitecture, options));
  }

  /** Random weights, as transformers initialises them; the same seed gives the same bits everywhere. */
  static async fromConfig(
    config: BeitConfig,
    options: RunOptions & { seed?: number | undefined } = {},
  ): Promise<BeitForImageClassification> {
    return new BeitForImageClassification(await createModelFrom(config, classificationArchitecture, options));
  }

  /** @throws `InvalidArgument`, `Disposed`, `Aborted`, `OutOfMemory` */
  async forward(input: ImageClassificationInput): Promise<ImageClassifierOutput> {
    const { named, common, loss } = await this.run(
      input,
      ({ classificationLoss }, { labels, pixelValues, problemType }) => {
        checkChoice('problemType', problemType, PROBLEM_TYPES);
        const lossOf = classificationLoss(this.config, labels, pixelValues.dims[0], problemType);
        return ({ logits }) => lossOf(logits);
      },
    );
    return { loss, logits: named.logits, ...common };
  }
}
