import { BeitError, check } from '../errors.ts';
import { type AdapterChanges, type AdapterConfig, type LowRank, readAdapter } from '../loading/adapter.ts';
import { openAdapter } from '../loading/adapterBase.ts';
import { type ModelSource, openSource, readJson, type SourceOptions } from '../loading/source.ts';
import { sizeOf, softmax } from '../math.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { canonicalNames } from '../model/beit/config/names.ts';
import type { Slot } from '../model/beit/params/slot.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import type { AddedTensor } from '../weights/altered/alteredCheckpoint.ts';
import type { TrainExample } from './data/examples.ts';
import { PictureStore } from './data/pictureStore.ts';
import { addAdapter, LORA } from './lora.ts';
import { fillSession, openTrainSource, type SavableModel, withClasses } from './trainableModel.ts';
import { TrainSession } from './trainSession.ts';

/** How an {@link AdaptedClassifier} is opened. */
export interface AdaptedOptions extends SourceOptions {
  /** Names of the classes of an adapter, in their order; default: those of the base, or numbers where it has more or fewer. */
  readonly labels?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
}

/** A class and how likely it is. */
export interface AdaptedGuess {
  readonly label: string;
  /** 0 to 1; all classes of an adapter together have 1. */
  readonly score: number;
}

/** An adapter with what it changes by canonical names. */
interface Adapter {
  readonly lowRank: ReadonlyMap<string, LowRank>;
  readonly whole: ReadonlyMap<string, AddedTensor>;
  readonly labels: readonly string[];
}

/**
 * One classifier with many LoRA adapters of PEFT beside it: the weights of the base are in memory once, f32, and each call says
 * which adapter it wants. To merge one adapter while a model is loaded, give its folder to `fromPretrained`.
 *
 * @example
 * const model = await AdaptedClassifier.open('fixtures/models/cls', { wild: 'fixtures/adapters/lora' });
 * const logits = await model.logits(png, 'wild'); // and without a name those of the base
 * model.dispose();
 */
export class AdaptedClassifier {
  /** Names of the adapters. */
  readonly adapters: readonly string[];
  readonly #session: TrainSession;
  readonly #pictures: PictureStore;
  readonly #changes: ReadonlyMap<string | null, Adapter>;
  /** What the base has in the places of tensors that adapters saved whole. */
  readonly #base: ReadonlyMap<string, Float32Array>;
  #active: string | null = null;
  /** Calls come one after the other, since each may switch. */
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /**
   * @param source of the base: a folder, hub name, URL, files by name, or a loaded model
   * @param adapters folders, hub names, URLs or files by name, under names of your own
   * @param options labels and threads; each has a default
   * @returns the classifier; give its memory back with `dispose`
   * @throws `CheckpointMismatch` for an adapter that does not fit the base, `UnsupportedFormat` for other kinds of adapters,
   * `OutOfMemory`, and what `fromPretrained` throws
   */
  static async open(
    source: ModelSource | SavableModel,
    adapters: Readonly<Record<string, ModelSource>>,
    options: AdaptedOptions = {},
  ): Promise<AdaptedClassifier> {
    checkOptions(options, OPTIONS.adapted);
    const { config, checkpoint, processor } = await openTrainSource(source, options);
    const read = new Map<string, AdapterChanges>();
    for (const [name, adapter] of Object.entries(adapters)) {
      const files = await openSource(adapter, options);
      const json = (await readJson(files, 'adapter_config.json')) as AdapterConfig | null;
      check(
        json !== null,
        'FileNotFound',
        () => `Cannot open the adapter ${quoted(name)}: it has no adapter_config.json`,
      );
      const changes = await readAdapter(checkpoint!, await openAdapter(files, options.signal), json);
      check(changes.lengths.size + changes.biases.size === 0, 'UnsupportedFormat', () => {
        return `Cannot switch to the adapter ${quoted(name)}: DoRA and biases of LoRA are merged with a base and not kept beside it`;
      });
      read.set(name, changes);
    }
    const names = canonicalNames(checkpoint!.tensors.keys());
    const changes = new Map<string | null, Adapter>([[null, baseAdapter(config)]]);
    for (const [name, found] of read) changes.set(name, canonicalAdapter(found, names, config, options.labels?.[name]));
    const session = await openSession(config, [...changes.values()], options.threads);
    try {
      await session.commit();
      await fillSession(session, checkpoint, { seed: 0, keepsHead: true, signal: options.signal });
      const size = { channels: config.numChannels, ...session.size };
      const base = await wholeTensors(session, [...changes.values()]);
      return new AdaptedClassifier(session, new PictureStore(processor, size, 'throw'), changes, base);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  private constructor(
    session: TrainSession,
    pictures: PictureStore,
    changes: ReadonlyMap<string | null, Adapter>,
    base: ReadonlyMap<string, Float32Array>,
  ) {
    this.#session = session;
    this.#pictures = pictures;
    this.#changes = changes;
    this.#base = base;
    this.adapters = [...changes.keys()].filter((name) => name !== null);
    this.#place(null);
  }

  /**
   * The logits of one picture.
   *
   * @param image a file's bytes, a `Blob`, pixels, or a function that gets one of these
   * @param adapter one of `adapters`; default: the base alone
   * @param options `signal`
   * @returns [classes of the adapter], before the softmax
   * @throws `InvalidArgument` for a name that is not an adapter; what reading a picture throws; `Aborted`, `Disposed`
   */
  logits(
    image: TrainExample['image'],
    adapter: string | null = null,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array> {
    const turn = this.#last.then(() => this.#logits(image, adapter, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /**
   * The classes of one picture, the likeliest first.
   *
   * @param image as in {@link AdaptedClassifier.logits}
   * @param adapter one of `adapters`; default: the base alone
   * @param options `signal`
   * @returns every class of the adapter with its score
   * @throws as {@link AdaptedClassifier.logits}
   */
  async classify(
    image: TrainExample['image'],
    adapter: string | null = null,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<AdaptedGuess[]> {
    const scores = softmax(await this.logits(image, adapter, options));
    const { labels } = this.#changes.get(adapter)!;
    return labels.map((label, i) => ({ label, score: scores[i] })).sort((a, b) => b.score - a.score);
  }

  async #logits(image: TrainExample['image'], adapter: string | null, signal?: AbortSignal): Promise<Float32Array> {
    if (this.#disposed) throw new BeitError('Disposed', 'Cannot use the model: it was disposed of');
    const wanted = this.#changes.get(adapter);
    check(wanted, 'InvalidArgument', () => {
      return `Invalid adapter: expected one of ${this.adapters.map((name) => quoted(name)).join(', ')}, got ${quoted(adapter)}`;
    });
    const pixels = await this.#pictures.picture(image, signal);
    if (this.#active !== adapter) this.#place(adapter);
    const logits = await this.#session.logits({ pixels, images: 1 }, signal);
    return logits.slice(0, wanted.labels.length);
  }

  /** Writes A, B and whole tensors of an adapter where the layers read them; the weights of the base stay as they are. */
  #place(adapter: string | null): void {
    const { lowRank, whole } = this.#changes.get(adapter)!;
    const { slots } = this.#session.parameters;
    for (const [name, slot] of slots) {
      if (name.startsWith(LORA)) slot.put(padded(name, slot, lowRank), 0);
      const values = whole.get(name)?.data ?? this.#base.get(name);
      if (values) slot.put(filled(values, slot), 0);
    }
    this.#session.weightsLoaded();
    this.#active = adapter;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#disposed = true;
    this.#session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function baseAdapter({ id2label }: BeitConfig): Adapter {
  return { lowRank: new Map(), whole: new Map(), labels: Object.values(id2label) };
}

function canonicalAdapter(
  { lowRank, whole }: AdapterChanges,
  names: ReadonlyMap<string, string | null>,
  { id2label }: BeitConfig,
  given: readonly string[] | undefined,
): Adapter {
  const own = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, value]) => [names.get(name) ?? name, value] as const));
  const tensors = own(whole);
  const count = tensors.get('classifier.bias')?.shape[0] ?? Object.keys(id2label).length;
  const base = Object.values(id2label);
  const labels = given ?? (base.length === count ? base : Array.from({ length: count }, (_, i) => `LABEL_${i}`));
  check(labels.length === count, 'InvalidArgument', () => {
    return `Invalid labels: expected ${count} of the adapter, got ${labels.length}`;
  });
  return {
    lowRank: new Map([...own(lowRank)].flatMap(([name, change]) => ofLayers(name, change))),
    whole: tensors,
    labels,
  };
}

/** timm's query, key and value are one layer of one A: each of the three has a third of the rows of B. */
function ofLayers(name: string, change: LowRank): (readonly [string, LowRank])[] {
  if (!name.endsWith('.qkv.weight')) return [[name, change]];
  const third = change.b.length / 3;
  return ['query', 'key', 'value'].map((part, i) => [
    name.replace('.qkv.', `.${part}.`),
    { ...change, b: change.b.subarray(i * third, (i + 1) * third) },
  ]);
}

/** The base with room for the adapter of the highest rank at each layer, and for the most classes. */
function openSession(config: BeitConfig, adapters: readonly Adapter[], threads: AdaptedOptions['threads']) {
  const ranks = new Map<string, number>();
  for (const { lowRank } of adapters)
    for (const [name, { rank }] of lowRank) ranks.set(name, Math.max(rank, ranks.get(name) ?? 0));
  const most = adapters.map(({ labels }) => labels).reduce((a, b) => (b.length > a.length ? b : a));
  const wide = most.length > config.numLabels ? withClasses(config, most) : config;
  const options = { threads, images: 1, isTrained: () => false };
  return TrainSession.open(wide, 'BeitForImageClassification', options, (parameters) => {
    for (const [name, rank] of ranks) addAdapter(parameters, name.replace(/\.weight$/, ''), rank, rank);
  });
}

/** The base's values of every tensor that some adapter saved whole. @throws `CheckpointMismatch` for those it does not have */
async function wholeTensors(session: TrainSession, adapters: readonly Adapter[]): Promise<Map<string, Float32Array>> {
  const { slots } = session.parameters;
  const values = new Map<string, Float32Array>();
  for (const [name, { shape }] of adapters.flatMap(({ whole }) => [...whole])) {
    const slot = slots.get(name);
    // a classifier may have fewer classes than there is room for
    const [rows, ...rest] = slot?.shape ?? [];
    const fits = `${rest}` === `${shape.slice(1)}` && (rows === shape[0] || name.startsWith('classifier.'));
    check(slot && fits, 'CheckpointMismatch', () => {
      return `Cannot open the adapter: expected ${quoted(name)} of ${slot ? `[${slot.shape}]` : 'no adapter'}, got [${shape}]`;
    });
    values.set(name, (await slot.get(0, sizeOf(slot.shape))).slice());
  }
  return values;
}

/** A or s·B of an adapter, with zeros up to the rank of the place; zeros where the adapter does not change the layer. */
function padded(name: string, { shape }: Slot, lowRank: ReadonlyMap<string, LowRank>): Float32Array {
  const [, path, part] = /^lora\.(.*)\.lora_([AB])\.weight$/.exec(name)!;
  const own = lowRank.get(`${path}.weight`);
  const data = new Float32Array(sizeOf(shape));
  if (!own) return data;
  if (part === 'A') data.set(own.a);
  const [rows, rank] = shape;
  if (part === 'B')
    for (let row = 0; row < rows; row++)
      for (let r = 0; r < own.rank; r++) data[row * rank + r] = own.scale * own.b[row * own.rank + r];
  return data;
}

/** The classes that an adapter does not have are zero. */
function filled(values: Float32Array, { shape }: Slot): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  data.set(values);
  return data;
}
