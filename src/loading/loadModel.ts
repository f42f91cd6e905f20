import { type Dtype, isQuantizedDtype } from '../dtype.ts';
import { type CreatedModel, createModel } from '../engine/createModel.ts';
import type { RunOptions } from '../engine/modelOptions.ts';
import { BeitError, check, checkChoice } from '../errors.ts';
import type { Architecture } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { DEPTH } from '../model/beit/heads/depthKey.ts';
import { quoted } from '../quoted.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import type { AdapterConfig } from './adapter.ts';
import { baseOf, openAdapter } from './adapterBase.ts';
import { initialize } from './initialize.ts';
import { type LoadReport, loadWeights, type ResizeTable } from './loadWeights.ts';
import { modelConfig } from './modelConfig.ts';
import { DTYPE_KEY } from './quantizedTensors.ts';
import type { TableRule } from './resizedTables.ts';
import { type ModelSource, openSource, readJson, type SourceOptions } from './source.ts';

/** How a model is found and loaded. */
export interface LoadOptions extends RunOptions, SourceOptions {
  /** Default: the source's `config.json`, or what the weights tell. */
  readonly config?: BeitConfig | undefined;
  /** Of the weights, such as `fp16`: files named like `model.fp16.safetensors` are taken, as in transformers. Default: none. */
  readonly variant?: string | undefined;
  /** The weights file to take. Default: the first of the usual names that is there. */
  readonly file?: string | undefined;
  /** Makes position tables of another image size fit the config, by this rule. Default: they are an error. */
  readonly resizeTables?: TableRule | undefined;
  /** Initializes what the checkpoint lacks; `model.loadReport.missing` lists it. Default false: it is an error. */
  readonly allowMissing?: boolean | undefined;
  /** Reads training checkpoints of unilm, whose pickle holds more than tensors; nothing in them is ever run. Default false. */
  readonly allowStubs?: boolean | undefined;
  /** Loads a model although tensors of its own blocks have no place in it; `model.loadReport.unexpected` lists them. Default false. */
  readonly allowUnexpected?: boolean | undefined;
  /** Takes the running mean of the weights where a training checkpoint has both; default false. */
  readonly useEma?: boolean | undefined;
  /** Told what a user should know of a model that loaded: tensors that were not used, a prefix that was taken off. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Of what `allowMissing` initializes; default 0. */
  readonly seed?: number | undefined;
}

export interface LoadedModel extends CreatedModel {
  readonly report: LoadReport;
}

/** A randomly initialized model, as transformers makes one from a config. */
export async function modelFromConfig(
  config: BeitConfig,
  architecture: Architecture,
  options: RunOptions & { seed?: number | undefined },
): Promise<LoadedModel> {
  const model = await createModel(config, architecture, options);
  return orDisposed(model, () => {
    initialize(model.parameters.slots, options.seed ?? 0, config.initializerRange);
    return completed(model, { missing: [], unexpected: [], prefix: '' });
  });
}

/** A model whose slots are filled. A GPU that was lost meanwhile is told here and not by the first pass. */
async function completed(model: CreatedModel, report: LoadReport): Promise<LoadedModel> {
  model.parameters.finish();
  await model.ready();
  return { ...model, report };
}

/** Runs `load`; when it fails, disposes of the model, which the caller never gets. */
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
  architectureOf: (config: BeitConfig) => Promise<Architecture>,
  options: LoadOptions,
): Promise<LoadedModel> {
  checkChoice('resizeTables', options.resizeTables, ['transformers', 'unilm', 'timm']);
  const files = await openSource(source, options);
  try {
    return await loadFrom(files, architectureOf, options);
  } catch (error) {
    // a file in the cache of the hub may have been cut short: it is fetched anew, once
    if (!isAboutContent(error) || !(await files.removeBroken?.())) throw error;
    return await loadFrom(files, architectureOf, options);
  }
}

function isAboutContent(error: unknown): boolean {
  const codes: readonly string[] = [
    'InvalidCheckpoint',
    'BadArchive',
    'UnsafePickle',
    'UnsupportedFormat',
    'InvalidConfig',
  ];
  return error instanceof BeitError && codes.includes(error.code);
}

async function loadFrom(
  files: ModelFiles,
  architectureOf: (config: BeitConfig) => Promise<Architecture>,
  options: LoadOptions,
): Promise<LoadedModel> {
  const progress = progressOf(files.reportsProgress ? undefined : options.onProgress);
  const own = options.config ? null : await readJson(files, 'config.json');
  const { base, adapter } = await baseOf(files, options);
  const json = own ?? (options.config || base === files ? null : await readJson(base, 'config.json'));
  const checkpoint = await readableCheckpoint(base, json, options, adapter && { files, config: adapter });
  const { config, around } = options.config
    ? { config: options.config, around: null }
    : await modelConfig(json, checkpoint, {}, options.useEma);
  const architecture = await told(await architectureOf(config), checkpoint, options);
  const expected = around !== null && DEPTH.name === architecture.name && DEPTH.around.includes(around);
  check(around === null || expected || architecture.name === 'BeitBackbone', 'InvalidConfig', () => {
    return `Cannot load a ${architecture.name}: config.json is of model_type ${quoted(around)}; its backbone opens as BeitBackbone${DEPTH.around.includes(around!) ? `, the whole as ${DEPTH.name}` : ''}`;
  });
  const dtype = options.dtype ?? dtypeOf(checkpoint);
  const model = await createModel(config, architecture, { ...options, dtype }).catch(async (error) => {
    throw (await import('./mismatch.ts')).withSavedClass(error, config, architecture.name);
  });
  return orDisposed(model, async () => {
    const onBytes = progress.ofFile(checkpoint.file, checkpoint.bytes);
    const loaded = await completed(model, await fill(model, checkpoint, options, onBytes));
    progress.done(checkpoint.file);
    await warn(loaded.report, checkpoint, options);
    options.onProgress?.({ status: 'ready' });
    return loaded;
  });
}

/** What names of the weights say of a segmentation; of the other architectures nothing is open. */
async function told(architecture: Architecture, checkpoint: Checkpoint, options: LoadOptions): Promise<Architecture> {
  if (architecture.name !== 'BeitForSemanticSegmentation') return architecture;
  const { toldArchitecture } = await import('./toldArchitecture.ts');
  return toldArchitecture(architecture, checkpoint, options.onWarning);
}

/** Tells what a user should know; of a checkpoint that is as expected there is nothing. */
async function warn(report: LoadReport, checkpoint: Checkpoint, options: LoadOptions): Promise<void> {
  const { onWarning, useEma, allowMissing } = options;
  const { unexpected, prefix } = report;
  const missing = allowMissing ? [] : report.missing;
  if (!onWarning || unexpected.length + missing.length + prefix.length === 0) return;
  const { warningsOf } = await import('./mismatch.ts');
  for (const warning of await warningsOf({ unexpected, prefix, missing }, checkpoint, useEma)) onWarning(warning);
}

/** The weights with what quantizers and adapters did to them computed on the way. */
async function readableCheckpoint(
  base: ModelFiles,
  json: unknown,
  options: LoadOptions,
  adapter: { readonly files: ModelFiles; readonly config: AdapterConfig } | null,
): Promise<Checkpoint> {
  const { allowStubs, useEma, signal, variant } = options;
  const file = options.file ?? base.file;
  const checkpoint = await openCheckpoint(base, { file, variant, allowStubs, useEma, signal });
  const { quantization_config, compression_config } = Object(json) as Record<string, unknown>;
  const weights = await readableWeights(checkpoint, quantization_config ?? compression_config);
  if (!adapter) return weights;
  const { mergedAdapter } = await import('./adapter.ts'); // few models have one
  return mergedAdapter(weights, await openAdapter(adapter.files, signal), adapter.config);
}

/** Others quantize seldom, and have experts for text more seldom: their names are looked at alone. */
async function readableWeights(checkpoint: Checkpoint, quantization: unknown): Promise<Checkpoint> {
  if (checkpoint.metadata.has(DTYPE_KEY)) return checkpoint;
  const [{ scaledWeights }, { visionExperts }] = await Promise.all([
    import('../weights/altered/scaledWeights.ts'),
    import('./visionExperts.ts'),
  ]);
  return visionExperts(await scaledWeights(checkpoint, quantization));
}

/** As the weights were saved by this library. */
function dtypeOf({ metadata }: Checkpoint): Dtype | undefined {
  const saved = metadata.get(DTYPE_KEY) as Dtype | undefined;
  return isQuantizedDtype(saved) ? saved : undefined;
}

/** Streams the weights into their places. */
async function fill(
  { config, parameters, architecture: { optional } }: CreatedModel,
  checkpoint: Checkpoint,
  options: LoadOptions,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<LoadReport> {
  if (options.allowMissing) initialize(parameters.slots, options.seed ?? 0, config.initializerRange);
  const resize = options.resizeTables ? await resizeTable(options.resizeTables, config) : null;
  const report = await loadWeights(checkpoint, parameters, { ...options, resize, onBytes, optional });
  if (!options.allowMissing) for (const name of report.missing) parameters.slots.delete(name);
  return report;
}

async function resizeTable(rule: TableRule, { nativeGrid }: BeitConfig): Promise<ResizeTable> {
  const { resizedTable } = await import('./resizedTables.ts'); // few models are opened at another size than they were saved
  return (name, shape, slot) => resizedTable(name, shape, slot, nativeGrid, rule);
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
