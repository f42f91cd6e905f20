import { concatBytes } from '../concatBytes.ts';
import type { CreatedModel } from '../engine/createModel.ts';
import { jsonText } from '../json.ts';
import { mergedAdapter } from '../loading/adapter.ts';
import { baseOf, openAdapter } from '../loading/adapterBase.ts';
import { type CreateFile, fileMaker, writeText } from '../loading/createFile.ts';
import { BeitImageProcessor, processorJson } from '../loading/imageProcessors.ts';
import { initialize } from '../loading/initialize.ts';
import { loadWeights, type ResizeTable } from '../loading/loadWeights.ts';
import { modelConfig } from '../loading/modelConfig.ts';
import { type SavePretrainedOptions, saveModel } from '../loading/savePretrained.ts';
import { type ModelSource, openSource, readJson, type SourceOptions } from '../loading/source.ts';
import { visionExperts } from '../loading/visionExperts.ts';
import { architectureNamed } from '../model/beit/architectures.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import { type LoraOptions, mergedSlots } from './lora.ts';
import type { TrainSession } from './trainSession.ts';

/** A loaded model of the main entry: only what is public of it is used. */
export interface SavableModel {
  savePretrained(target: CreateFile): Promise<string[]>;
}

/** What training starts from. */
export interface TrainSource {
  readonly config: BeitConfig;
  /** Null for random weights. */
  readonly checkpoint: Checkpoint | null;
  readonly processor: BeitImageProcessor;
}

/** Opens a folder, also of a PEFT adapter, a hub name, files by name, or a config for random weights. @throws as `fromPretrained` does */
export async function openTrainSource(
  source: ModelSource | SavableModel | BeitConfig,
  options: SourceOptions,
): Promise<TrainSource> {
  if (source instanceof BeitConfig) {
    const { height, width } = source.nativeSize;
    return { config: source, checkpoint: null, processor: new BeitImageProcessor({ size: { height, width } }) };
  }
  const files = await openSource(isSavable(source) ? await filesOfModel(source) : source, options);
  const { base, adapter } = await baseOf(files, options);
  const weights = visionExperts(await openCheckpoint(base, { file: base.file, signal: options.signal }));
  const checkpoint = adapter
    ? await mergedAdapter(weights, await openAdapter(files, options.signal), adapter)
    : weights;
  const { config } = await modelConfig(
    (await readJson(files, 'config.json')) ?? (await readJson(base, 'config.json')),
    checkpoint,
  );
  const json = (await processorJson(files)) ?? (await processorJson(base));
  const { height, width } = config.nativeSize;
  const processor =
    json === null ? new BeitImageProcessor({ size: { height, width } }) : BeitImageProcessor.fromConfig(json);
  return { config, checkpoint, processor };
}

function isSavable(source: unknown): source is SavableModel {
  return typeof (source as Partial<SavableModel> | null)?.savePretrained === 'function';
}

/** The files that a loaded model writes, in memory. */
async function filesOfModel(model: SavableModel): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  await model.savePretrained((name) => {
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(chunk.slice()),
      close: () => {
        files[name] = concatBytes(chunks);
      },
    };
  });
  return files;
}

/** The same config with other classes. */
export function withClasses(config: BeitConfig, classes: readonly string[]): BeitConfig {
  const { id2label: _, label2id: __, num_labels: ___, ...fields } = config.toJSON();
  const id2label = Object.fromEntries(classes.map((name, i) => [i, name]));
  const label2id = Object.fromEntries(classes.map((name, i) => [name, i]));
  return BeitConfig.fromJSON({ ...fields, id2label, label2id, problem_type: null });
}

/** Whether a classifier of `config` already tells these classes apart, in this order. */
export function hasClasses({ id2label }: BeitConfig, classes: readonly string[]): boolean {
  const names = Object.values(id2label);
  return names.length === classes.length && names.every((name, i) => name === classes[i]);
}

/** Fills a session: random weights first, then what the checkpoint has, except a head of other classes or tokens. */
export async function fillSession(
  session: TrainSession,
  checkpoint: Checkpoint | null,
  options: { readonly seed: number; readonly keepsHead: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { parameters, config } = session;
  initialize(parameters.slots, options.seed, config.initializerRange);
  // a head of other classes or tokens is read and dropped
  const drop: ResizeTable = (name, _shape, slot) =>
    isHead(name) ? { ...slot, place: undefined, put: () => {} } : null;
  if (checkpoint) {
    const slots = new Map([...parameters.slots].filter(([name]) => options.keepsHead || !isHead(name)));
    const map = { slots, fused: parameters.fused };
    await loadWeights(checkpoint, map, { allowMissing: true, resize: drop, signal: options.signal });
  }
  session.weightsLoaded();
}

const isHead = (name: string) => /^(classifier|lm_head)\./.test(name);

/** Writes what `fromPretrained` and Python open: config, weights, and the image processor. @throws `FileSystem`, `Aborted` */
export async function saveTrained(
  session: TrainSession,
  processor: BeitImageProcessor,
  target: string | CreateFile,
  { lora, ...options }: SavePretrainedOptions & { readonly lora: LoraOptions | null },
): Promise<string[]> {
  const create = await fileMaker(target);
  const model = {
    config: session.config,
    architecture: await architectureNamed(session.name),
    parameters: { slots: mergedSlots(session, lora), dtype: 'f32' },
  } as unknown as CreatedModel;
  const files = await saveModel(model, create, options);
  await writeText(create, 'preprocessor_config.json', jsonText(processor.toJSON()));
  return [...files, 'preprocessor_config.json'];
}
