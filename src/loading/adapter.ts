import { BeitError, check } from '../errors.ts';
import { canonicalNames } from '../model/beit/config/names.ts';
import { quoted } from '../quoted.ts';
import {
  type AddedTensor,
  type Alteration,
  alteredCheckpoint,
  readTensors,
} from '../weights/altered/alteredCheckpoint.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';

/** What `adapter_config.json` of PEFT says, as far as it is needed here; nothing of it is trusted yet. */
export interface AdapterConfig {
  readonly peft_type?: unknown;
  readonly lora_alpha?: unknown;
  readonly alpha_pattern?: unknown;
  readonly use_rslora?: unknown;
  readonly init_lora_weights?: unknown;
  readonly base_model_name_or_path?: unknown;
}

/** Before every name; the name of the adapter, which older files have within names. */
const PREFIX = /^(?:base_model\.model\.|base_model\.)/;
const LORA = /^(.+)\.lora_(A|B)(?:\.[^.]+)?\.weight$/;
/** What each row of DoRA's weights is as long as, and what a bias of B adds to the layer's. */
const LENGTHS = /^(.+)\.lora_magnitude_vector(?:\.[^.]+)?(?:\.weight)?$/;
const BIAS = /^(.+)\.lora_B(?:\.[^.]+)?\.bias$/;
/** Switches of variants that add something else than B·A. */
const VARIANTS = [
  ...['use_qalora', 'use_bdlora', 'fan_in_fan_out', 'layer_replication', 'target_parameters'],
  ...[
    'trainable_token_indices',
    'alora_invocation_tokens',
    'arrow_config',
    'kasa_config',
    'velora_config',
    'monteclora_config',
  ],
];
/** Ways to begin that also changed the base. */
const CHANGED_BASE = /^(?:pissa|corda|olora|loftq)/;
const SAVED = /\.modules_to_save(?:\.[^.]+(?=\.))?/;
const UNREADABLE = /\.(?:lora_embedding_|hada_|lokr_|ia3_|vera_|oft_|boft_)/;

/** One layer's low-rank change: rows × columns in [rows, rank] · [rank, columns], times `scale`. */
export interface LowRank {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
  /** alpha / rank or, by `use_rslora`, alpha / √rank. */
  readonly scale: number;
}

/** What a LoRA adapter of PEFT changes, by the names that the base has. */
export interface AdapterChanges {
  readonly lowRank: ReadonlyMap<string, LowRank>;
  /** What the adapter saved whole (`modules_to_save`, biases): it takes the place of what the base has. */
  readonly whole: ReadonlyMap<string, AddedTensor>;
  /** Of DoRA: how long every row of the changed weights is to be. */
  readonly lengths: ReadonlyMap<string, Float32Array>;
  /** What is added to biases. */
  readonly biases: ReadonlyMap<string, Float32Array>;
}

/**
 * A checkpoint with an adapter merged into it: W + s·B·A, with DoRA its rows brought to other lengths.
 *
 * @throws as {@link readAdapter}
 */
export async function mergedAdapter(base: Checkpoint, adapter: Checkpoint, config: AdapterConfig): Promise<Checkpoint> {
  const { lowRank, whole, lengths, biases } = await readAdapter(base, adapter, config);
  const weights = await readTensors(base, new Set(lengths.keys()));
  const alterations = new Map<string, Alteration>();
  for (const [place, change] of lowRank) {
    const [alter, own] = [lowRankSum(change), lengths.get(place)];
    alterations.set(place, { name: place, alter: own ? rescaled(place, alter, weights.get(place)!, own) : alter });
  }
  for (const [place, bias] of biases) {
    const alter = (chunk: Float32Array, offset: number) => {
      for (let i = 0; i < chunk.length; i++) chunk[i] += bias[offset + i];
    };
    alterations.set(place, { name: place, alter });
  }
  return alteredCheckpoint(base, alterations, new Set(whole.keys()), whole);
}

/**
 * Reads an adapter under the names of transformers 4 or 5.
 *
 * @throws `UnsupportedFormat` for other kinds of adapters, `CheckpointMismatch` where it does not fit the base.
 */
export async function readAdapter(
  base: Checkpoint,
  adapter: Checkpoint,
  config: AdapterConfig,
): Promise<AdapterChanges> {
  checkReadable(adapter, config);
  const values = await readTensors(adapter, new Set(adapter.tensors.keys()));
  const lowRank = new Map<string, LowRank>();
  const whole = new Map<string, AddedTensor>();
  const lengths = new Map<string, Float32Array>();
  const biases = new Map<string, Float32Array>();
  for (const [name, place] of placesOf(base, adapter)) {
    const [bare, data] = [name.replace(PREFIX, ''), values.get(name)!];
    const match = LORA.exec(bare);
    const biased = BIAS.exec(bare)?.[1];
    if (biased !== undefined) {
      const ofA = name.replace(/\.lora_B(?=(?:\.[^.]+)?\.bias$)/, '.lora_A').replace(/bias$/, 'weight');
      const { scale } = lowRankOf(ofA, biased, adapter, values, config);
      biases.set(
        place,
        data.map((x) => x * scale),
      );
    } else if (LENGTHS.test(bare)) lengths.set(place, data);
    else if (!match) whole.set(place, { shape: adapter.tensors.get(name)!.shape, data });
    if (match?.[2] !== 'A') continue;
    const change = lowRankOf(name, match[1], adapter, values, config);
    checkFits(place, base, change);
    lowRank.set(place, change);
  }
  return { lowRank, whole, lengths, biases };
}

/** Of the tensor A by its name in the adapter, and of the tensor B beside it. */
function lowRankOf(
  name: string,
  layer: string,
  { tensors }: Checkpoint,
  values: ReadonlyMap<string, Float32Array>,
  config: AdapterConfig,
): LowRank {
  const other = name.replace(/\.lora_A(?=(?:\.[^.]+)?\.weight$)/, '.lora_B');
  const [shapeA, shapeB] = [name, other].map((each) => tensors.get(each)?.shape ?? []);
  const rank = shapeA[0] ?? 0;
  check(rank > 0 && shapeB[1] === rank, 'CheckpointMismatch', () => {
    return `Cannot merge the adapter: ${quoted(name)} [${shapeA}] and ${quoted(other)} [${shapeB}] do not fit together`;
  });
  const alpha = alphaOf(layer, config);
  const scale = config.use_rslora === true ? alpha / Math.sqrt(rank) : alpha / rank;
  return { a: values.get(name)!, b: values.get(other)!, rank, scale };
}

function checkReadable({ file, tensors }: Checkpoint, config: AdapterConfig): void {
  const no = (what: string) =>
    new BeitError(
      'UnsupportedFormat',
      `Cannot merge the adapter "${file}": ${what}; merge it in Python (merge_and_unload) and save the model`,
    );
  if (config.peft_type !== undefined && config.peft_type !== 'LORA')
    throw no(`its peft_type is ${quoted(config.peft_type)}, expected "LORA"`);
  const variant = VARIANTS.find((key) => (config as Record<string, unknown>)[key]);
  if (variant) throw no(`${variant} is not computed here`);
  const init = config.init_lora_weights;
  if (typeof init === 'string' && CHANGED_BASE.test(init))
    throw no(`init_lora_weights ${quoted(init)} also changed the base`);
  const name = [...tensors.keys()].find((each) => UNREADABLE.test(each));
  if (name !== undefined) throw no(`it has ${quoted(name)}, which is not computed here`);
}

/** The tensor of the base that every tensor of the adapter is about, in the names of the base. */
function placesOf(base: Checkpoint, adapter: Checkpoint): Map<string, string> {
  const names = [...adapter.tensors.keys()];
  const targets = names.map((name) => {
    const bare = name.replace(PREFIX, '').replace(SAVED, '').replace('.base_layer.', '.');
    return bare.replace(LORA, '$1.weight').replace(LENGTHS, '$1.weight').replace(BIAS, '$1.bias');
  });
  const canonical = canonicalNames(new Set(targets));
  const own = new Map([...canonicalNames(base.tensors.keys())].map(([name, target]) => [target, name]));
  return new Map(
    names.map((name, i) => {
      const target = canonical.get(targets[i]) ?? targets[i];
      const place = own.get(target) ?? (name.includes('.lora_') ? undefined : target);
      check(place !== undefined, 'CheckpointMismatch', () => {
        return `Cannot merge the adapter "${adapter.file}": the base has no tensor for ${quoted(name)}`;
      });
      return [name, place];
    }),
  );
}

/** `alpha_pattern` goes by the ends of names of layers. */
function alphaOf(layer: string, { alpha_pattern, lora_alpha }: AdapterConfig): number {
  const own = Object.entries(Object(alpha_pattern) as Record<string, unknown>).find(([pattern]) =>
    matches(pattern, layer),
  );
  const alpha = own ? own[1] : (lora_alpha ?? 8);
  check(typeof alpha === 'number' && Number.isFinite(alpha), 'InvalidConfig', () => {
    return `Invalid adapter config: expected lora_alpha to be a number, got ${quoted(alpha)}`;
  });
  return alpha;
}

/** As PEFT matches: `(.*\.)?(pattern)$`. Patterns that could take for ever are rejected. */
function matches(pattern: string, layer: string): boolean {
  if (/^[\w.]+$/.test(pattern)) return layer === pattern || layer.endsWith(`.${pattern}`);
  check(pattern.length < 200 && !/[*+?}][^()]*\)[*+{]/.test(pattern), 'InvalidConfig', () => {
    return `Invalid adapter config: expected a simple pattern, got ${quoted(pattern)}`;
  });
  try {
    return new RegExp(`^(?:.*\\.)?(?:${pattern})$`).test(layer);
  } catch (cause) {
    throw new BeitError('InvalidConfig', `Invalid adapter config: ${quoted(pattern)} is not a pattern`, { cause });
  }
}

function checkFits(name: string, { tensors }: Checkpoint, { a, b, rank }: LowRank): void {
  const { shape } = tensors.get(name)!;
  const [rows, columns] = [b.length / rank, a.length / rank];
  check(shape[0] === rows && shape.slice(1).reduce((x, y) => x * y, 1) === columns, 'CheckpointMismatch', () => {
    return `Cannot merge the adapter: ${quoted(name)} is [${shape}], its change [${rows}, ${columns}]`;
  });
}

/** Adds the elements of s·B·A that belong to a chunk. */
function lowRankSum({ a, b, rank, scale }: LowRank): Alteration['alter'] {
  const columns = a.length / rank;
  return (chunk, offset) => {
    for (let i = 0; i < chunk.length; i++) {
      const row = Math.floor((offset + i) / columns);
      const column = offset + i - row * columns;
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += b[row * rank + r] * a[r * columns + column];
      chunk[i] += Math.fround(Math.fround(sum) * scale);
    }
  };
}

/** DoRA: every row of what `alter` makes of `weights`, brought to its length. */
function rescaled(
  name: string,
  alter: Alteration['alter'],
  weights: Float32Array,
  lengths: Float32Array,
): Alteration['alter'] {
  const columns = weights.length / lengths.length;
  check(Number.isInteger(columns), 'CheckpointMismatch', () => {
    return `Cannot merge the adapter: ${quoted(name)} has ${weights.length} elements, its rows ${lengths.length} lengths`;
  });
  alter(weights, 0);
  const factors = lengths.map((length, row) => {
    let sum = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) sum += weights[at] * weights[at];
    return length / Math.fround(Math.sqrt(sum));
  });
  return (chunk, offset) => {
    alter(chunk, offset);
    for (let i = 0; i < chunk.length; i++) chunk[i] *= factors[Math.floor((offset + i) / columns)];
  };
}
