import { check } from '../errors.ts';
import type { PictureInput, PictureOptions } from '../input/pictureInput.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { exp, softmax } from '../math.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { labelsByLogit } from '../model/beit/config/labels.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { AutoModelForImageClassification, type ImageClassifier } from '../pretrained/auto.ts';
import { quoted } from '../quoted.ts';
import { preprocess } from './picture.ts';
import { loadParts, type Pipeline } from './pipelineParts.ts';

/**
 * One guess: its label, its probability, the index of its logit and the id it has in `id2label`. Probabilities sum to 1,
 * except where a picture may have several labels or there is but one: then each is a probability of its own.
 */
export interface Classification {
  readonly label: string;
  readonly score: number;
  readonly index: number;
  readonly id: number;
}

export interface ClassificationOptions extends PictureOptions {
  /** How many guesses, best first; null for all. Default 5. */
  readonly topK?: number | null | undefined;
}

/** One picture gives its guesses, a list of pictures a list of them. */
export interface ImageClassificationPipeline extends Pipeline {
  /**
   * @param picture one picture
   * @param options how many guesses, limit of pixels, signal; each has a default
   * @returns the guesses, best first
   * @throws `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`, `InvalidArgument`,
   * `WorkerFailed`, `Disposed`, `Aborted`
   */
  (picture: PictureInput, options?: ClassificationOptions): Promise<Classification[]>;
  /**
   * @param pictures a list
   * @param options how many guesses, limit of pixels, signal; each has a default
   * @returns the guesses of each picture
   * @throws as for one picture
   */
  (pictures: readonly PictureInput[], options?: ClassificationOptions): Promise<Classification[][]>;
  readonly model: ImageClassifier;
  readonly processor: BeitImageProcessor;
}

/** Loads a classifier and its processor. */
export async function imageClassification(
  source: ModelSource,
  options: LoadOptions,
): Promise<ImageClassificationPipeline> {
  const { model, processor } = await loadParts(
    (...from) => AutoModelForImageClassification.fromPretrained(...from),
    source,
    options,
  );
  const labels = labelsByLogit(model.config.id2label);
  const classify = async (input: PictureInput | readonly PictureInput[], options: ClassificationOptions = {}) => {
    checkOptions(options, OPTIONS.classify);
    const { topK = 5, signal } = options;
    check(topK === null || (Number.isInteger(topK) && topK > 0), 'InvalidArgument', () => {
      return `Invalid topK: expected a positive integer or null, got ${quoted(topK)}`;
    });
    const { pixelValues } = await preprocess({ model, processor }, input, options);
    const { logits } = await model.forward({ pixelValues, signal });
    const guesses = rows(logits.data, logits.dims[0]).map((row) =>
      best(scoresOf(row, model.config), labels, topK ?? labels.length),
    );
    return Array.isArray(input) ? guesses : guesses[0];
  };
  const dispose = () => model.dispose();
  return Object.assign(classify, {
    model,
    processor,
    dispose,
    [Symbol.dispose]: dispose,
  }) as ImageClassificationPipeline;
}

function rows(data: Float32Array, count: number): Float32Array[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

/** As transformers scores: the sigmoid where labels do not exclude each other or there is but one, else the softmax. */
export function scoresOf(logits: Float32Array, { problemType, numLabels }: BeitConfig): Float64Array {
  const apart = problemType === 'multi_label_classification' || numLabels === 1;
  return apart ? Float64Array.from(logits, (x) => 1 / (1 + exp(-x))) : softmax(logits);
}

function best(scores: Float64Array, labels: readonly { id: number; label: string }[], topK: number): Classification[] {
  return labels
    .map(({ id, label }, index) => ({ label, score: scores[index], index, id }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topK);
}
