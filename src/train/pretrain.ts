import type { ModelSource } from '../loading/source.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { heldOutSplit, listedPictures, type TrainPicture } from './data/examples.ts';
import { PictureStore } from './data/pictureStore.ts';
import { Optimizer } from './optimizer/optimizer.ts';
import { type PretrainOptions, pretrainDefaults } from './pretrainOptions.ts';
import { MaskedTask } from './run/maskedTask.ts';
import { Pretrained } from './run/pretrained.ts';
import { TrainingRun } from './run/trainingRun.ts';
import { runIdentity } from './runOptions.ts';
import { fillSession, openTrainSource, type SavableModel } from './trainableModel.ts';
import { TrainSession } from './trainSession.ts';

/**
 * Trains a BEiT without labels, as the paper does: blocks of patches are hidden, and the model learns to guess their visual
 * tokens from the rest. The result is where {@link fineTune} begins. The same seed gives the same bits, on any number of
 * threads and in every runtime, also when the run was killed and resumed.
 *
 * @param source a folder, hub name, URL, files by name, a loaded model, or a `BeitConfig` for random weights
 * @param pictures a list of pictures or an async iterable; labels are not looked at
 * @param options the tokenizer, and how is trained; all but the tokenizer have defaults
 * @returns the weights, the history of the run, and a way to keep them
 * @throws `InvalidArgument` for options and pictures that cannot be trained with; `OutOfMemory` before anything is computed;
 * `Aborted`; and what `fromPretrained` throws
 * @example
 * const tokenizer = PatchCodebook.fit([pixelValues], { codes: 16, patchSize: 4 });
 * const config = new BeitConfig({ hiddenSize: 16, numAttentionHeads: 2, numHiddenLayers: 1, intermediateSize: 32, imageSize: 32, patchSize: 4 });
 * const trained = await pretrain(config, examples, { tokenizer, epochs: 1, validation: 0 });
 * await trained.save('my-encoder');
 * trained.dispose();
 */
export async function pretrain(
  source: ModelSource | SavableModel | BeitConfig,
  pictures: Iterable<TrainPicture> | AsyncIterable<TrainPicture>,
  options: PretrainOptions,
): Promise<Pretrained> {
  const defaults = pretrainDefaults(options);
  const all = await listedPictures(pictures);
  const found = await openTrainSource(source, options);
  const config = withTokens(found.config, options.tokenizer.vocabSize);
  const { threads, gradientCheckpointing, signal, randomWeights } = options;
  const opened = { threads, gradientCheckpointing, images: defaults.batchSize };
  const session = await TrainSession.open(config, 'BeitForMaskedImageModeling', opened);
  try {
    const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, options);
    await session.commit();
    const checkpoint = randomWeights ? null : found.checkpoint;
    await fillSession(session, checkpoint, {
      seed: defaults.seed,
      keepsHead: found.config.vocabSize === config.vocabSize,
      signal,
    });
    optimizer.start();
    const split = heldOutSplit(new Int32Array(all.length), 1, defaults.validation, defaults.seed);
    const [train, heldOut] = [split.train, split.heldOut].map((chosen) => chosen.map((i) => all[i]));
    const size = { channels: config.numChannels, ...session.size };
    const store = new PictureStore(found.processor, size, options.onBadPicture ?? 'skip');
    const task = new MaskedTask({ session, pictures: store, train, heldOut, defaults, options });
    const identity = runIdentity(options, { ...defaults, train: train.length, heldOut: heldOut.length });
    const averages = options.averageDecay !== undefined;
    const run = new TrainingRun(session, optimizer, task, { ...options, ...defaults, averages, identity });
    await store.startWorkers(options.pictureWorkers ?? 0);
    return new Pretrained(session, found.processor, await run.train().finally(() => store.endWorkers()));
  } catch (error) {
    session.dispose();
    throw error;
  }
}

/** The same config for so many visual tokens, with a mask token. */
function withTokens(config: BeitConfig, vocabSize: number): BeitConfig {
  if (config.vocabSize === vocabSize && config.useMaskToken) return config;
  return BeitConfig.fromJSON({ ...config.toJSON(), vocab_size: vocabSize, use_mask_token: true });
}
