import type { LoadOptions } from '../loading/loadModel.ts';
import { type ModelSource, openSource, readJson } from '../loading/source.ts';
import { OPTIONS, ownNames, type WithOtherNames } from '../options.ts';
import { BeitBackbone } from './beitBackbone.ts';
import { BeitForImageClassification } from './beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from './beitForMaskedImageModeling.ts';
import { BeitForSemanticSegmentation } from './beitForSemanticSegmentation.ts';
import { BeitModel } from './beitModel.ts';
import { DeiTForImageClassificationWithTeacher } from './deitForImageClassificationWithTeacher.ts';
import { DPTForDepthEstimation } from './dptForDepthEstimation.ts';

/**
 * The bare encoder of any family; a head in the checkpoint is left out.
 *
 * @example
 * const model = await AutoModel.fromPretrained('fixtures/models/dinov2');
 * const { lastHiddenState } = await model.forward({ pixelValues });
 */
export class AutoModel extends BeitModel {}

/**
 * Feature maps of any family that has a backbone.
 *
 * @example
 * const model = await AutoBackbone.fromPretrained('fixtures/models/dinov2_backbone');
 * const { featureMaps } = await model.forward({ pixelValues });
 */
export class AutoBackbone extends BeitBackbone {}

/**
 * A model for masked image modeling by visual tokens.
 *
 * @example
 * const model = await AutoModelForMaskedImageModeling.fromPretrained('fixtures/beit-digits-pt');
 * const { logits } = await model.forward({ pixelValues });
 */
export class AutoModelForMaskedImageModeling extends BeitForMaskedImageModeling {}

/**
 * A model that gives a class to every pixel.
 *
 * @example
 * const model = await AutoModelForSemanticSegmentation.fromPretrained('fixtures/models/seg');
 * const { logits } = await model.forward({ pixelValues });
 */
export class AutoModelForSemanticSegmentation extends BeitForSemanticSegmentation {}

/**
 * A depth estimator: DPT over BEiT, DINOv2 or its own encoder, or Depth Anything.
 *
 * @example
 * const model = await AutoModelForDepthEstimation.fromPretrained('fixtures/models/dpt_beit');
 * const { predictedDepth } = await model.forward({ pixelValues });
 */
export class AutoModelForDepthEstimation extends DPTForDepthEstimation {}

/** A classifier of any family: with one classifier, or with DeiT's two. */
export type ImageClassifier = BeitForImageClassification | DeiTForImageClassificationWithTeacher;

/**
 * Loads a classifier of any family; the config says which class it is.
 *
 * @example
 * const model = await AutoModelForImageClassification.fromPretrained('fixtures/models/vit_cls');
 * const { logits } = await model.forward({ pixelValues });
 */
// biome-ignore lint/complexity/noStaticOnlyClass: called as in transformers; its models are of two classes
export abstract class AutoModelForImageClassification {
  /**
   * @param source a folder, a repository of the hub, a URL, or files by name; a folder wins over a repository of the
   * same name
   * @param options how it is found, loaded and run; each has a default
   * @returns the model, on the engine that was chosen; give its memory back with `dispose`
   * @throws `FileNotFound`, `InvalidConfig`, `InvalidCheckpoint`, `CheckpointMismatch`, `OutOfMemory`, `Aborted`
   */
  static async fromPretrained(
    source: ModelSource,
    options: WithOtherNames<LoadOptions> = {},
  ): Promise<ImageClassifier> {
    const load = ownNames<LoadOptions>(options, OPTIONS.load);
    const files = await openSource(source, load);
    const json = load.config?.toJSON() ?? (await readJson(files, 'config.json'));
    const { architectures, architecture } = Object(json) as { architectures?: unknown; architecture?: unknown };
    const teacher = Array.isArray(architectures)
      ? architectures[0] === 'DeiTForImageClassificationWithTeacher'
      : /^deit_\w+_distilled_/.test(String(architecture)); // timm's
    if (teacher) return DeiTForImageClassificationWithTeacher.fromPretrained(files, load);
    return BeitForImageClassification.fromPretrained(files, load);
  }
}
