import type { LoadOptions } from '../loading/loadModel.ts';
import { type ModelSource, openSource, readJson } from '../loading/source.ts';
import { architectureKeyOf } from '../model/beit/architectures.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import type { InputShape } from '../model/beit/state.ts';
import { memoryPlan } from '../pretrained/memoryPlan.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { HttpError, httpErrorOf } from './httpError.ts';
import { PassQueue, type QueueLimits } from './passQueue.ts';
import { loadServedModel, type ServedInput, type ServedModel, type ServeTask, taskOf } from './servedModel.ts';
import { ModelStatistics } from './statistics.ts';

/** Where a model comes from and how it is loaded. */
export interface ModelSpec
  extends Pick<LoadOptions, 'dtype' | 'threads' | 'workers' | 'wideVectors' | 'revision' | 'maxBatch'> {
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
  /** Null before the first load. */
  config: BeitConfig | null;
  /** Bytes that its memory plan asks for, with the largest input so far. */
  planned: number;
  /** Shapes of input that `planned` covers. */
  readonly shapes: Set<string>;
  lastUsed: number;
  /** Whether a load was tried. */
  tried: boolean;
  /** Whether it was unloaded to make room: the next request loads it again. */
  evicted: boolean;
}

/** An entry whose model is loaded. */
export type LoadedEntry = Entry & { model: ServedModel };

/** The models of a server, loaded within a memory budget: the least recently used one is unloaded first. */
export class ModelRepository {
  readonly #entries = new Map<string, Entry>();
  /** Unit: bytes; loaded models together never plan for more. */
  readonly #budget: number;
  readonly #maxPixels: number | undefined;
  /** Loads run one after the other, so that two cannot both take the last free bytes. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    specs: Readonly<Record<string, ModelSpec>>,
    limits: QueueLimits,
    budget: number,
    maxPixels?: number | undefined,
  ) {
    this.#budget = budget;
    this.#maxPixels = maxPixels;
    for (const [name, spec] of Object.entries(specs)) this.#entries.set(name, newEntry(name, spec, limits));
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** Whether every load was tried and some model can answer: one that cannot be loaded does not stop the others. */
  get ready(): boolean {
    return this.entries.every(({ tried }) => tried) && this.entries.some(({ model, evicted }) => model || evicted);
  }

  /** @throws {@link HttpError} 404 */
  entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    const known = [...this.#entries.keys()].join(', ');
    throw new HttpError(404, 'ModelNotFound', `Unknown model "${name}": expected one of ${known}`);
  }

  /** The entry of this name, of the first model without one; null when there is none. */
  find(name: string | undefined): Entry | null {
    const found = name === undefined ? this.#entries.values().next().value : this.#entries.get(name);
    return found ?? null;
  }

  /** The model, ready to compute; loads one that was unloaded to make room. @throws {@link HttpError} 404, or 503 */
  async loaded(name: string): Promise<LoadedEntry> {
    const entry = this.entry(name);
    entry.lastUsed = performance.now();
    if (!entry.model && entry.evicted) await this.load(name);
    return readyEntry(entry);
  }

  /** Loads a model; does nothing when it is loaded. @throws {@link HttpError} what the load failed with */
  load(name: string): Promise<void> {
    const entry = this.entry(name);
    return this.#inTurn(async () => {
      if (!entry.model) await this.#load(entry);
    });
  }

  /**
   * Counts what an input takes, before memory grows for it.
   *
   * @throws {@link HttpError} 503 when the memory budget does not allow it
   */
  async reserve(entry: LoadedEntry, input: ServedInput): Promise<void> {
    if (this.#budget === Number.POSITIVE_INFINITY) return;
    const shape = entry.model.shapeOf(input);
    const key = `${shape.images}×${shape.height}×${shape.width}`;
    if (entry.shapes.has(key)) return;
    await this.#inTurn(async () => {
      const planned = await plannedBytes(entry.config!, entry.spec, shape);
      if (planned > entry.planned) {
        await this.#makeRoom(entry, planned);
        entry.planned = planned;
      }
      entry.shapes.add(key);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
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
      const planned = await plannedBytes(config, entry.spec);
      await this.#makeRoom(entry, planned);
      Object.assign(entry, { config, planned, evicted: false });
      entry.shapes.clear();
      entry.model = await loadServedModel(files, task ?? taskOf(config), options, this.#maxPixels);
      entry.state = 'READY';
    } catch (error) {
      const { status, code, message } = httpErrorOf(error);
      entry.state = 'UNAVAILABLE';
      entry.reason = message;
      throw new HttpError(status, code, `Cannot load model "${entry.name}": ${message}`);
    } finally {
      entry.tried = true;
    }
  }

  /** Unloads the least recently used models until `entry` fits. @throws {@link HttpError} 503 when it never will */
  async #makeRoom(entry: Entry, planned: number): Promise<void> {
    const loaded = this.entries.filter((other) => other.model && other !== entry);
    const others = loaded.sort((a, b) => a.lastUsed - b.lastUsed);
    let used = others.reduce((sum, other) => sum + other.planned, 0);
    if (planned > this.#budget) {
      const needed = `${planned} bytes needed, the memory budget is ${this.#budget}`;
      throw new HttpError(503, 'OutOfMemory', needed);
    }
    for (const other of others) {
      if (used + planned <= this.#budget) return;
      await this.unload(other.name);
      other.evicted = true;
      other.reason = `unloaded to make room for "${entry.name}"; the next request loads it again`;
      used -= other.planned;
    }
  }

  /** Unloads a model after the passes that wait for it. */
  async unload(name: string): Promise<void> {
    const entry = this.entry(name);
    const { model } = entry;
    entry.model = null; // no new request begins
    Object.assign(entry, { state: 'UNLOADING', reason: '', evicted: false });
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
  const state = { state: 'UNAVAILABLE', reason: 'not loaded yet', tried: false, evicted: false } as const;
  return { ...parts, ...state, model: null, config: null, planned: 0, shapes: new Set(), lastUsed: 0 };
}

/** @throws {@link HttpError} 503 when its model is not loaded */
export function readyEntry(entry: Entry): LoadedEntry {
  if (entry.model) return entry as LoadedEntry;
  const why = entry.reason ? `: ${entry.reason}` : '';
  throw new HttpError(503, 'ModelNotReady', `Model "${entry.name}" is ${entry.state}${why}`);
}

/** @throws {@link HttpError} 500 without a config: the class and the memory follow from it */
async function configOf(files: ModelFiles): Promise<BeitConfig> {
  const json = await readJson(files, 'config.json');
  if (json === null) throw new HttpError(500, 'FileNotFound', 'a served model needs its config.json');
  return BeitConfig.fromJSON(json);
}

async function plannedBytes(config: BeitConfig, spec: ModelSpec, input?: InputShape): Promise<number> {
  const { dtype, threads, maxBatch, workers } = spec;
  const { total } = await memoryPlan(config, architectureKeyOf(config).name, {
    dtype,
    threads,
    maxBatch,
    workers,
    input,
  });
  return total;
}
