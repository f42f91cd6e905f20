import { check, checkObject } from '../errors.ts';
import { labelsByLogit } from '../model/beit/labels.ts';
import { softmax } from '../numeric.ts';
import { BeitForImageClassification } from '../pretrained/beitForImageClassification.ts';
import { BeitImageProcessor } from '../pretrained/imageProcessors.ts';
import type { LoadOptions } from '../pretrained/loadModel.ts';
import type { ModelSource } from '../pretrained/source.ts';
import type { Pipeline } from './callable.ts';
import { type PictureInput, preprocess } from './picture.ts';

/** One guess: its label, its probability, the index of its logit and the id it has in `id2label`. */
export interface Classification {
  readonly label: string;
  readonly score: number;
  readonly index: number;
  readonly id: number;
}

export interface ClassificationOptions {
  /** How many guesses, best first; null for all. Default 5. */
  readonly topK?: number | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One picture gives its guesses, a list of pictures a list of them. */
export interface ImageClassificationPipeline extends Pipeline {
  (picture: PictureInput, options?: ClassificationOptions): Promise<Classification[]>;
  (pictures: readonly PictureInput[], options?: ClassificationOptions): Promise<Classification[][]>;
  readonly model: BeitForImageClassification;
  readonly processor: BeitImageProcessor;
}

/** Loads a classifier and its processor. */
export async function imageClassification(
  source: ModelSource,
  options: LoadOptions,
): Promise<ImageClassificationPipeline> {
  const processor = await BeitImageProcessor.fromPretrained(source, options);
  const model = await BeitForImageClassification.fromPretrained(source, options);
  const labels = labelsByLogit(model.config.id2label);
  const classify = async (input: PictureInput | readonly PictureInput[], options: ClassificationOptions = {}) => {
    checkObject('Invalid options', options);
    const { topK = 5, signal } = options;
    check(topK === null || (Number.isInteger(topK) && topK > 0), 'InvalidArgument', () => {
      return `Invalid topK: expected a positive integer or null, got ${topK}`;
    });
    const { pixelValues } = await preprocess({ model, processor }, input, options);
    const { logits } = await model.forward({ pixelValues, signal });
    const guesses = rows(logits.data, logits.dims[0]).map((row) => best(row, labels, topK ?? labels.length));
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

function best(logits: Float32Array, labels: readonly { id: number; label: string }[], topK: number): Classification[] {
  const scores = softmax(logits);
  return labels
    .map(({ id, label }, index) => ({ label, score: scores[index], index, id }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topK);
}
