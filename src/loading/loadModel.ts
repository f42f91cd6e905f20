import { type Dtype, isQuantizedDtype } from '../dtype.ts';
import { type CreatedModel, createModel, type RunOptions } from '../engine/createModel.ts';
import { check, checkChoice } from '../errors.ts';
import type { Architecture } from '../model/beit/architecture.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { canonicalNames, namingOf } from '../model/beit/config/names.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import { initialise } from './initialise.ts';
import { type LoadReport, loadWeights, type ResizeTable } from './loadWeights.ts';
import { DTYPE_KEY } from './quantizedTensors.ts';
import type { TableRule } from './resizedTables.ts';
import { type ModelSource, openSource, readJson, type SourceOptions } from './source.ts';

/** How a model is found and loaded. */
export interface LoadOptions extends RunOptions, SourceOptions {
  /** Instead of the source's `config.json`. */
  readonly config?: BeitConfig | undefined;
  /** The weights file to take, when the usual names are not it. */
  readonly file?: string | undefined;
  /** Makes position tables of another image size fit the config, by this rule, instead of refusing them. */
  readonly resizeTables?: TableRule | undefined;
  /** Initialises what the checkpoint lacks instead of refusing; `model.loadReport.missing` lists it. */
  readonly allowMissing?: boolean | undefined;
  /** Reads training checkpoints of unilm, whose pickle holds more than tensors; nothing in them is ever run. */
  readonly allowStubs?: boolean | undefined;
  /** Of what `allowMissing` initialises; default 0. */
  readonly seed?: number | undefined;
}

export interface LoadedModel extends CreatedModel {
  readonly report: LoadReport;
}

/** A randomly initialised model, as transformers makes one from a config. */
export async function modelFromConfig(
  config: BeitConfig,
  architecture: Architecture,
  options: RunOptions & { seed?: number | undefined },
): Promise<LoadedModel> {
  const model = await createModel(config, architecture, options);
  return orDisposed(model, () => {
    initialise(model.parameters.slots, options.seed ?? 0, config.initializerRange);
    return completed(model, { missing: [], unexpected: [] });
  });
}

/** A model whose slots are filled. A GPU that was lost meanwhile is told here and not by the first pass. */
async function completed(model: CreatedModel, report: LoadReport): Promise<LoadedModel> {
  model.parameters.finish();
  await model.ready();
  return { ...model, report };
}

/** What `load` gives; when it fails, nobody else can let go of the model. */
async function orDisposed(model: CreatedModel, load: () => Promise<LoadedModel>): Promise<LoadedModel> {
  try {
    return await load();
  } catch (error) {
    model.session.dispose();
    throw error;
  }
}

/** Opens a source, checks its weights against the config, grows memory once and streams the weights in. */
export async function loadModel(
  source: ModelSource,
  architectureOf: (config: BeitConfig) => Architecture,
  options: LoadOptions,
): Promise<LoadedModel> {
  checkChoice('resizeTables', options.resizeTables, ['transformers', 'unilm', 'timm']);
  const files = await openSource(source, options);
  const progress = progressOf(files.reportsProgress ? undefined : options.onProgress);
  const json = options.config ? null : await readJson(files, 'config.json');
  const checkpoint = await openCheckpoint(files, {
    file: options.file ?? files.file,
    allowStubs: options.allowStubs,
    signal: options.signal,
  });
  const config = options.config ?? (await configOf(json, checkpoint));
  const dtype = options.dtype ?? dtypeOf(checkpoint, options);
  const model = await createModel(config, architectureOf(config), { ...options, dtype });
  return orDisposed(model, async () => {
    const onBytes = progress.ofFile(checkpoint.file, checkpoint.bytes);
    const loaded = await completed(model, await fill(model, checkpoint, options, onBytes));
    progress.done(checkpoint.file);
    options.onProgress?.({ status: 'ready' });
    return loaded;
  });
}

/** As the weights were saved by this library; a GPU takes no integers. */
function dtypeOf({ metadata }: Checkpoint, { device }: RunOptions): Dtype | undefined {
  const saved = metadata.get(DTYPE_KEY) as Dtype | undefined;
  if (!isQuantizedDtype(saved)) return undefined;
  return device === 'webgpu' ? 'f16' : saved;
}

/** Streams the weights into their places. */
async function fill(
  { config, parameters }: CreatedModel,
  checkpoint: Checkpoint,
  options: LoadOptions,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<LoadReport> {
  if (options.allowMissing) initialise(parameters.slots, options.seed ?? 0, config.initializerRange);
  const resize = options.resizeTables ? await resizeTable(options.resizeTables, config) : null;
  return loadWeights(checkpoint, parameters, { ...options, resize, onBytes });
}

async function resizeTable(rule: TableRule, { nativeGrid }: BeitConfig): Promise<ResizeTable> {
  const { resizedTable } = await import('./resizedTables.ts'); // few models are opened at another size than they were saved
  return (name, shape, slot) => resizedTable(name, shape, slot, nativeGrid, rule);
}

/** The config file, or what can be told from names and shapes. @throws `InvalidConfig` naming what cannot be told. */
async function configOf(json: unknown, checkpoint: Checkpoint): Promise<BeitConfig> {
  if (json !== null) return BeitConfig.fromJSON(json);
  const { inferConfig } = await import('../model/beit/config/inferConfig.ts'); // few models come without a config
  const names = canonicalNames(checkpoint.tensors.keys());
  const shapes = [...names].flatMap(([name, canonical]) =>
    canonical === null ? [] : [[canonical, checkpoint.tensors.get(name)!.shape] as const],
  );
  const { config, missing } = inferConfig(new Map(shapes), namingOf(checkpoint.tensors.keys()));
  check(missing.length === 0, 'InvalidConfig', () => {
    return `Cannot tell the config from the weights: give \`config\` with ${missing.join(', ')}`;
  });
  return BeitConfig.fromJSON(config);
}

/** Reports how far a weights file is read, where its download does not report itself. */
function progressOf(onProgress: LoadOptions['onProgress']) {
  const ofFile = (file: string, total: number) => {
    if (!onProgress) return undefined;
    let loaded = 0;
    onProgress({ status: 'initiate', file });
    return (bytes: number) => {
      loaded += bytes;
      const progress = total ? (100 * loaded) / total : 100;
      onProgress({ status: 'progress', file, progress, loaded, total });
    };
  };
  // tensors that the model has no place for are not read, so `loaded` may end below `total`
  const done = (file: string) => onProgress?.({ status: 'done', file, progress: 100 });
  return { ofFile, done };
}
