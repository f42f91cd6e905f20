import { concatFloats } from '../concatBytes.ts';
import { check, throwIfAborted } from '../errors.ts';
import type { ModelSource, SourceOptions } from '../loading/source.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { labeledExamples, type TrainData } from './data/examples.ts';
import { type BadPicture, PictureStore, type SkippedPicture } from './data/pictureStore.ts';
import { type Evaluation, evaluateLogits } from './metrics.ts';
import { chunks } from './run/trainingRun.ts';
import { fillSession, openTrainSource, type SavableModel } from './trainableModel.ts';
import { TrainSession } from './trainSession.ts';

/** How {@link evaluate} reads and computes. */
export interface EvaluateOptions extends SourceOptions {
  /** Pictures a pass; default 8. */
  readonly batchSize?: number | undefined;
  /** Default `skip`: pictures that cannot be read are left out and listed in `skipped`. */
  readonly onBadPicture?: BadPicture | undefined;
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
  /** Called after each batch. */
  readonly onEvaluating?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * How well a classifier does on examples whose classes are known.
 *
 * @param source a folder, hub name, URL, files by name, or a loaded model
 * @param data examples; their labels are names or numbers of the classes of the model
 * @param options batch size, threads, what is done with pictures that cannot be read; each has a default
 * @returns loss, accuracy, confusion and figures for each class; and the pictures that were skipped
 * @throws `InvalidArgument` for a label that is not a class of the model, or when no picture can be read; `Aborted`; what
 * `fromPretrained` throws
 * @example
 * const { accuracy, confusion } = await evaluate('fixtures/beit-digits', [{ image: png, label: '5' }]);
 * accuracy; // 1
 */
export async function evaluate(
  source: ModelSource | SavableModel,
  data: TrainData,
  options: EvaluateOptions = {},
): Promise<Evaluation & { readonly skipped: readonly SkippedPicture[] }> {
  checkOptions(options, OPTIONS.evaluate);
  const { batchSize = 8, threads, signal, onBadPicture = 'skip', onEvaluating } = options;
  const { config, checkpoint, processor } = await openTrainSource(source, options);
  const classes = Object.values(config.id2label);
  const { examples, labels } = await labeledExamples(data, classes, false);
  const opened = { threads, images: batchSize, isTrained: () => false };
  const session = await TrainSession.open(config, 'BeitForImageClassification', opened);
  try {
    await session.commit();
    await fillSession(session, checkpoint, { seed: 0, keepsHead: true, signal });
    const store = new PictureStore(processor, { channels: config.numChannels, ...session.size }, onBadPicture);
    const known = examples.map((example, i) => ({ example, label: labels[i] }));
    const [rows, truth]: [Float32Array[], number[]] = [[], []];
    let done = 0;
    for (const batch of chunks(known, batchSize)) {
      throwIfAborted(signal);
      const found = await store.batch(batch, { signal });
      if (found) rows.push(await session.logits({ pixels: found.pixels, images: found.read.length }, signal));
      truth.push(...(found?.read ?? []).map(({ label }) => label));
      done += batch.length;
      onEvaluating?.({ done, total: known.length });
    }
    check(truth.length > 0, 'InvalidArgument', () => {
      return `Cannot evaluate: none of the ${known.length} pictures can be read; the first: ${store.skipped[0].error.message}`;
    });
    return { ...evaluateLogits(concatFloats(rows), truth, classes), skipped: store.skipped };
  } finally {
    session.dispose();
  }
}
