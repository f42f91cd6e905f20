import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { type Pipelines, pipeline } from '../pipelines/pipeline.ts';

/** What a batch computes of every picture. */
export const BATCH_TASKS = ['embed', 'classify', 'segment'] as const;
/** One of {@link BATCH_TASKS}. */
export type BatchTask = (typeof BATCH_TASKS)[number];

/** Of one picture: an embedding of length 1, or what goes into its JSON line. */
export type BatchResult = Float32Array | Readonly<Record<string, unknown>>;

/** A loaded model that does one task. */
export interface TaskRunner {
  run(picture: Uint8Array): Promise<BatchResult>;
  dispose(): void;
}

export interface TaskOptions extends LoadOptions {
  /** Guesses of a classifier; default 5. */
  readonly topK?: number | undefined;
}

/** Loads a model for `task`. */
export async function openTask(
  task: BatchTask,
  source: ModelSource,
  { topK, ...options }: TaskOptions,
): Promise<TaskRunner> {
  if (task === 'embed') return embedder(await pipeline('image-feature-extraction', source, options));
  if (task === 'classify') return classifier(await pipeline('image-classification', source, options), topK);
  return segmenter(await pipeline('image-segmentation', source, options));
}

function embedder(extract: Pipelines['image-feature-extraction']): TaskRunner {
  return { run: async (picture) => (await extract.embed(picture)).data, dispose: () => extract.dispose() };
}

function classifier(classify: Pipelines['image-classification'], topK = 5): TaskRunner {
  const run = async (picture: Uint8Array) => {
    const guesses = await classify(picture, { topK });
    return { guesses: guesses.map(({ label, score }) => ({ label, score })) };
  };
  return { run, dispose: () => classify.dispose() };
}

function segmenter(segment: Pipelines['image-segmentation']): TaskRunner {
  const run = async (picture: Uint8Array) => {
    const segments = await segment(picture);
    return { segments: segments.map(({ label, share }) => ({ label, share })) };
  };
  return { run, dispose: () => segment.dispose() };
}
