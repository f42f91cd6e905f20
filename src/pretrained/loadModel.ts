import { BeitError } from '../errors.ts';
import type { Architecture } from '../model/beit/architecture.ts';
import { BeitConfig } from '../model/beit/config.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { type CreatedModel, createModel, type RunOptions } from './createModel.ts';
import { initialise } from './initialise.ts';
import { type LoadReport, loadWeights } from './loadWeights.ts';
import { type ModelSource, openSource, readJson, type SourceOptions } from './source.ts';

/** What happens while a model loads, in the shape of transformers.js. */
export interface ProgressEvent {
  readonly status: 'initiate' | 'download' | 'progress' | 'done' | 'ready';
  readonly name?: string;
  readonly file?: string;
  /** Percent. */
  readonly progress?: number;
  /** Bytes. */
  readonly loaded?: number;
  readonly total?: number;
}

/** How a model is found and loaded. */
export interface LoadOptions extends RunOptions, SourceOptions {
  /** Instead of the source's `config.json`. */
  readonly config?: BeitConfig;
  /** The weights file to take, when the usual names are not it. */
  readonly file?: string;
  /** Initialises what the checkpoint lacks instead of refusing; `model.loadReport.missing` lists it. */
  readonly allowMissing?: boolean;
  readonly seed?: number;
  readonly onProgress?: (event: ProgressEvent) => void;
}

export interface LoadedModel extends CreatedModel {
  readonly report: LoadReport;
}

/** A randomly initialised model, as transformers makes one from a config. */
export async function modelFromConfig(
  config: BeitConfig,
  architecture: Architecture,
  options: RunOptions & { seed?: number },
): Promise<LoadedModel> {
  const model = await createModel(config, architecture, options);
  initialise(model.parameters.slots, options.seed ?? 0, config.initializerRange);
  model.parameters.finish();
  return { ...model, report: { missing: [], unexpected: [] } };
}

/** Opens a source, checks its weights against the config, grows memory once and streams the weights in. */
export async function loadModel(
  source: ModelSource,
  architectureOf: (config: BeitConfig) => Architecture,
  options: LoadOptions,
): Promise<LoadedModel> {
  const files = await openSource(source, options);
  const config = options.config ?? (await readConfig(files));
  const checkpoint = await openCheckpoint(files, options.file ? { file: options.file } : {});
  const model = await createModel(config, architectureOf(config), options);
  if (options.allowMissing) initialise(model.parameters.slots, options.seed ?? 0, config.initializerRange);
  const onBytes = progressOf(checkpoint.file, checkpoint.bytes, options.onProgress);
  const report = await loadWeights(checkpoint, model.parameters, { ...options, onBytes });
  model.parameters.finish();
  options.onProgress?.({ status: 'ready' });
  return { ...model, report };
}

async function readConfig(files: Awaited<ReturnType<typeof openSource>>): Promise<BeitConfig> {
  const json = await readJson(files, 'config.json');
  if (json === null) throw new BeitError('FileNotFound', 'Cannot load the model: it has no config.json');
  return BeitConfig.fromJSON(json);
}

function progressOf(file: string, total: number, onProgress: LoadOptions['onProgress']) {
  if (!onProgress) return undefined;
  let loaded = 0;
  onProgress({ status: 'initiate', file });
  return (bytes: number) => {
    loaded += bytes;
    const progress = total ? (100 * loaded) / total : 100;
    onProgress({ status: loaded < total ? 'progress' : 'done', file, progress, loaded, total });
  };
}
