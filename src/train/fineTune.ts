import type { ModelSource } from '../loading/source.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { labeledExamples, type TrainData } from './data/examples.ts';
import { PictureStore } from './data/pictureStore.ts';
import { type FineTuneOptions, fineTuneDefaults } from './fineTuneOptions.ts';
import { addAdapters, initializeAdapters, LORA } from './lora.ts';
import type { Evaluation } from './metrics.ts';
import { Optimizer } from './optimizer/optimizer.ts';
import type { ClassifierParts, ClassifierTask } from './run/classifierTask.ts';
import { FineTuned } from './run/fineTuned.ts';
import { HeadTask } from './run/headTask.ts';
import { PictureTask } from './run/pictureTask.ts';
import { runExamples } from './run/runExamples.ts';
import type { RunResult } from './run/runSettings.ts';
import { TrainingRun } from './run/trainingRun.ts';
import { runIdentity } from './runOptions.ts';
import { fillSession, hasClasses, openTrainSource, type SavableModel, withClasses } from './trainableModel.ts';
import { TrainSession } from './trainSession.ts';

type Defaults = ReturnType<typeof fineTuneDefaults>;

/**
 * Trains an image classifier on examples, from a model that exists or from random weights.
 *
 * `train` says which part: the classifier alone over features that are computed once (seconds), LoRA adapters, the last
 * blocks, or everything. The weights that come out are those of the epoch with the best accuracy on the held-out
 * examples, or of the last epoch where none are held out. The same seed gives the same bits, on any number of threads and
 * in every runtime.
 *
 * @param source a folder, hub name, URL, files by name, a loaded model, or a `BeitConfig` for random weights
 * @param data examples with their labels, a list or anything that gives them one after the other
 * @param options what is trained and how; each has a default
 * @returns the weights, the history of the run, and ways to keep them
 * @throws `InvalidArgument` for options and data that cannot be trained with (one class alone, a class without examples, a
 * label that is not a class, or a picture that cannot be read); `OutOfMemory` before anything is computed; `Aborted`; and what
 * `fromPretrained` throws. A loss that is not finite throws nothing: `diverged` says the step, and the weights are the last
 * good ones.
 * @example
 * const tuned = await fineTune('fixtures/beit-digits', examples, { train: 'head', epochs: 20 });
 * console.log(tuned.history.at(-1)?.loss);
 * await tuned.save('my-digits'); // opens with fromPretrained, here and in Python
 * tuned.dispose();
 */
export async function fineTune(
  source: ModelSource | SavableModel | BeitConfig,
  data: TrainData,
  options: FineTuneOptions = {},
): Promise<FineTuned> {
  const defaults = fineTuneDefaults(options);
  const labeled = await labeledExamples(data, options.classes);
  const others =
    typeof defaults.validation === 'number' ? null : await labeledExamples(defaults.validation, labeled.classes, false);
  const { config: found, checkpoint, processor } = await openTrainSource(source, options);
  const config = hasClasses(found, labeled.classes) ? found : withClasses(found, labeled.classes);
  const session = await openSession(config, defaults, options);
  try {
    const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, options);
    await session.commit();
    const keepsHead = hasClasses(found, labeled.classes);
    await fillSession(session, options.randomWeights ? null : checkpoint, {
      seed: defaults.seed,
      keepsHead,
      signal: options.signal,
    });
    initializeAdapters(session, defaults.seed);
    session.weightsLoaded();
    optimizer.start();
    const size = { channels: config.numChannels, ...session.size };
    const pictures = new PictureStore(processor, size, options.onBadPicture ?? 'skip');
    const parts = { session, pictures, examples: runExamples(labeled, others, defaults), defaults, options };
    const isHead = defaults.train === 'head';
    const result = isHead
      ? await runTask(new HeadTask(parts), optimizer, parts)
      : await runTask(new PictureTask(parts), optimizer, parts);
    return new FineTuned(parts, result);
  } catch (error) {
    session.dispose();
    throw error;
  }
}

function openSession(
  config: BeitConfig,
  { train, batchSize }: Defaults,
  options: FineTuneOptions,
): Promise<TrainSession> {
  const { threads, gradientCheckpointing, frozenDtype } = options;
  const depth = config.numHiddenLayers;
  const isTrained = trainedNames(train, depth);
  return TrainSession.open(
    config,
    'BeitForImageClassification',
    { threads, gradientCheckpointing, frozenDtype, images: batchSize, isTrained },
    (parameters) => {
      if (train === 'lora') addAdapters(parameters, depth, options.lora ?? {});
    },
  );
}

/** Which parameters are trained, by canonical name. */
function trainedNames(train: Defaults['train'], depth: number): (name: string) => boolean {
  const above = /^(classifier|pooler\.layernorm|layernorm)\./;
  if (train === 'all') return () => true;
  if (train === 'head') return (name) => name.startsWith('classifier.');
  if (train === 'lora') return (name) => name.startsWith('classifier.') || name.startsWith(LORA);
  return (name) => {
    const block = /^encoder\.layer\.(\d+)\./.exec(name);
    return block ? Number(block[1]) >= depth - train.lastBlocks : above.test(name);
  };
}

async function runTask<P>(
  task: ClassifierTask<P>,
  optimizer: Optimizer,
  parts: ClassifierParts,
): Promise<RunResult<Evaluation>> {
  const { session, defaults, options, pictures } = parts;
  const { validation: _, ...plain } = defaults;
  const { train, heldOut, classes } = parts.examples;
  const identity = runIdentity(options, { ...plain, classes, train: train.length, heldOut: heldOut.length });
  const averages = options.averageDecay !== undefined;
  const run = new TrainingRun(session, optimizer, task, { ...options, ...defaults, averages, identity });
  try {
    await pictures.startWorkers(options.pictureWorkers ?? 0);
    return await run.train();
  } finally {
    pictures.endWorkers();
  }
}
