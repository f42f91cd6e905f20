import { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { checkSourceOptions, type ModelSource, openShared } from '../loading/source.ts';
import type { PretrainedModel } from '../pretrained/pretrainedModel.ts';

/** What every pipeline has besides being a function. */
export interface Pipeline {
  /** Gives the memory of the model back. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * The model and the image processor of a pipeline. Their source is opened once, so that the files of a repository are of
 * one commit; then both load side by side.
 *
 * @throws what the processor throws, then what the model throws; a model that is not needed any more is disposed of.
 */
export async function loadParts<M extends PretrainedModel>(
  loadModel: (source: ModelSource, options: LoadOptions) => Promise<M>,
  source: ModelSource,
  options: LoadOptions,
): Promise<{ readonly model: M; readonly processor: BeitImageProcessor }> {
  checkSourceOptions(options);
  const stop = new AbortController();
  const abort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort);
  const stoppable = { ...options, signal: stop.signal };
  let loading: Promise<M> | null = null;
  try {
    const shared = await openShared(source, stoppable);
    const processing = BeitImageProcessor.fromPretrained(shared, stoppable);
    loading = loadModel(shared, stoppable);
    loading.catch(() => {}); // awaited below, after the processor
    return { processor: await processing, model: await loading };
  } catch (error) {
    stop.abort();
    loading?.then((model) => model.dispose()).catch(() => {});
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}
