import type { LoadOptions } from '../loading/loadModel.ts';
import { type ModelSource, openSource, readJson } from '../loading/source.ts';
import { architectureKeyOf } from '../model/beit/architectures.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { memoryPlan } from '../pretrained/memoryPlan.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { HttpError, httpErrorOf } from './httpError.ts';
import { PassQueue, type QueueLimits } from './passQueue.ts';
import { loadServedModel, type ServedModel, type ServeTask, taskOf } from './servedModel.ts';
import { ModelStatistics } from './statistics.ts';

/** Where a model comes from and how it is loaded. */
export interface ModelSpec extends Pick<LoadOptions, 'dtype' | 'threads' | 'workers' | 'revision' | 'maxBatch'> {
  readonly source: ModelSource;
  /** Default: what the checkpoint was saved for. */
  readonly task?: ServeTask | undefined;
}

/** State of a model as the repository extension names it. */
export type ModelState = 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE';

/** A model by name, loaded or not. */
export interface Entry {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly queue: PassQueue;
  readonly statistics: ModelStatistics;
  state: ModelState;
  /** Why it is not ready. */
  reason: string;
  model: ServedModel | null;
  /** Bytes that its memory plan asks for. */
  planned: number;
  lastUsed: number;
}

/** The models of a server, loaded within a memory budget: the least recently used one is unloaded first. */
export class ModelRepository {
  readonly #entries = new Map<string, Entry>();
  /** Unit: bytes; loaded models together never plan for more. */
  readonly #budget: number;
  /** Loads run one after the other, so that two cannot both take the last free bytes. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(specs: Readonly<Record<string, ModelSpec>>, limits: QueueLimits, budget: number) {
    this.#budget = budget;
    for (const [name, spec] of Object.entries(specs)) this.#entries.set(name, newEntry(name, spec, limits));
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** Whether every model is loaded. */
  get ready(): boolean {
    return this.entries.every(({ state }) => state === 'READY');
  }

  /** @throws {@link HttpError} 404 */
  entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    const known = [...this.#entries.keys()].join(', ');
    throw new HttpError(404, 'ModelNotFound', `Unknown model "${name}": expected one of ${known}`);
  }

  /** The model, ready to compute. @throws {@link HttpError} 404, or 503 when it is not loaded */
  loaded(name: string): Entry & { model: ServedModel } {
    const entry = this.entry(name);
    entry.lastUsed = performance.now();
    if (entry.model) return entry as Entry & { model: ServedModel };
    const why = entry.reason ? `: ${entry.reason}` : '';
    throw new HttpError(503, 'ModelNotReady', `Model "${name}" is ${entry.state}${why}`);
  }

  /** Loads a model; does nothing when it is loaded. @throws {@link HttpError} what the load failed with */
  load(name: string): Promise<void> {
    const entry = this.entry(name);
    const turn = this.#turn.then(() => (entry.model ? undefined : this.#load(entry)));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #load(entry: Entry): Promise<void> {
    entry.state = 'LOADING';
    entry.reason = '';
    try {
      const { source, task, ...options } = entry.spec;
      const files = await openSource(source, options);
      const config = await configOf(files);
      entry.planned = await plannedBytes(config, entry.spec);
      await this.#makeRoom(entry);
      entry.model = await loadServedModel(files, task ?? taskOf(config), options);
      entry.state = 'READY';
    } catch (error) {
      const { status, code, message } = httpErrorOf(error);
      entry.state = 'UNAVAILABLE';
      entry.reason = message;
      throw new HttpError(status, code, `Cannot load model "${entry.name}": ${message}`);
    }
  }

  /** Unloads the least recently used models until `entry` fits. @throws {@link HttpError} 503 when it never will */
  async #makeRoom(entry: Entry): Promise<void> {
    const others = this.entries.filter(({ model }) => model).sort((a, b) => a.lastUsed - b.lastUsed);
    let used = others.reduce((sum, { planned }) => sum + planned, 0);
    if (entry.planned > this.#budget) {
      const needed = `${entry.planned} bytes needed, the memory budget is ${this.#budget}`;
      throw new HttpError(503, 'OutOfMemory', needed);
    }
    for (const other of others) {
      if (used + entry.planned <= this.#budget) return;
      await this.unload(other.name);
      other.reason = `unloaded to make room for "${entry.name}"`;
      used -= other.planned;
    }
  }

  /** Unloads a model after the passes that wait for it. */
  async unload(name: string): Promise<void> {
    const entry = this.entry(name);
    const { model } = entry;
    entry.model = null; // no new request begins
    entry.state = 'UNLOADING';
    entry.reason = '';
    await entry.queue.idle();
    model?.dispose();
    entry.state = 'UNAVAILABLE';
  }

  /** Resolves when no model computes or has requests waiting. */
  async idle(): Promise<void> {
    await Promise.all(this.entries.map(({ queue }) => queue.idle()));
  }
}

function newEntry(name: string, spec: ModelSpec, limits: QueueLimits): Entry {
  const parts = {
    name,
    spec,
    queue: new PassQueue({ ...limits, workers: spec.workers }),
    statistics: new ModelStatistics(),
  };
  return { ...parts, state: 'UNAVAILABLE', reason: 'not loaded yet', model: null, planned: 0, lastUsed: 0 };
}

/** @throws {@link HttpError} 500 without a config: the class and the memory follow from it */
async function configOf(files: ModelFiles): Promise<BeitConfig> {
  const json = await readJson(files, 'config.json');
  if (json === null) throw new HttpError(500, 'FileNotFound', 'a served model needs its config.json');
  return BeitConfig.fromJSON(json);
}

async function plannedBytes(config: BeitConfig, { dtype, threads, maxBatch }: ModelSpec): Promise<number> {
  const { name } = architectureKeyOf(config);
  const { total } = await memoryPlan(config, name, { dtype, threads, maxBatch });
  return total;
}
