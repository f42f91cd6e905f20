import type { Epilogue } from '../../../backend.ts';
import { check, checkObject } from '../../../errors.ts';
import { quoted } from '../../../quoted.ts';
import { ACTIVATION_ALIASES, type BeitConfigFields, CONFIG_FIELDS, type FinalNorm } from './configFields.ts';
import { FAMILIES, type Family, familyOf, type ModelType, typeOfClass } from './family.ts';
import { defaultLabels, type Id2Label, readLabels } from './labels.ts';

/** Which loss labels ask for: mean squares, cross entropy, or binary cross entropy of several labels. */
export type ProblemType = 'regression' | 'single_label_classification' | 'multi_label_classification';
export const PROBLEM_TYPES: readonly ProblemType[] = [
  'regression',
  'single_label_classification',
  'multi_label_classification',
];
const FIELD_NAMES = new Set<string>([
  ...CONFIG_FIELDS.map((f) => f[0]),
  'modelType',
  'id2label',
  'numLabels',
  'problemType',
  'extra',
]);
/** Keys of a hub config that are read into fields of their own, and those of weights that others quantized: here they no longer are. */
const OWN_KEYS = new Set([
  ...CONFIG_FIELDS.map((f) => f[1]),
  'model_type',
  'id2label',
  'label2id',
  'num_labels',
  'problem_type',
  'quantization_config',
  'compression_config',
]);

/** What {@link BeitConfig} takes: any of its fields; the rest are transformers' defaults. */
export interface BeitConfigInit extends Partial<BeitConfigFields> {
  /** Which family of encoders made of BEiT's block this is; default `beit`. */
  modelType?: ModelType;
  /** Names of the classes by id. Default: LABEL_0 and LABEL_1, as in transformers. */
  id2label?: Id2Label;
  /** Makes up LABEL_0 … when `id2label` has another count. Default: the count of `id2label`. */
  numLabels?: number;
  /** Default null: it follows from the labels. */
  problemType?: ProblemType | null;
  /** Unknown keys of the hub's file, kept and written back. Default: none. */
  extra?: Readonly<Record<string, unknown>>;
}

export interface BeitConfig extends Readonly<BeitConfigFields> {}

/**
 * The numbers and switches that make one BEiT differ from another, with the defaults of transformers.
 *
 * @throws `InvalidConfig` naming the field, what it accepts and what was found.
 * @example
 * const config = new BeitConfig({ useRelativePositionBias: true, numLabels: 10 });
 * config.numLabels; // 10
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the fields are assigned from one table
export class BeitConfig {
  readonly modelType: ModelType;
  readonly id2label: Id2Label;
  readonly problemType: ProblemType | null;
  readonly extra: Readonly<Record<string, unknown>>;

  /**
   * @param init fields that differ from the defaults of transformers
   */
  constructor(init: BeitConfigInit = {}) {
    checkObject('Invalid config', init, 'InvalidConfig');
    const unknown = Object.keys(init).find((name) => !FIELD_NAMES.has(name));
    check(unknown === undefined, 'InvalidConfig', () => {
      return `Invalid config: there is no field ${quoted(unknown)}; BeitConfig.fromJSON reads the hub's names`;
    });
    for (const [name, hubName, fallback, kind] of CONFIG_FIELDS) {
      const value = init[name] ?? fallback;
      check(kind.accepts(value), 'InvalidConfig', () => {
        return `Invalid config: ${hubName} must be ${kind.expected}, got ${quoted(value)}`;
      });
      Object.assign(this, { [name]: value });
    }
    this.modelType = init.modelType ?? 'beit';
    familyOf(this.modelType);
    this.id2label = labelsFor(init);
    this.problemType = init.problemType ?? null;
    this.extra = init.extra ?? {};
    this.#validate();
  }

  /**
   * Reads the parsed `config.json` of the hub.
   *
   * @param json the parsed file; keys that are not known are kept in `extra`
   * @returns the config, with the defaults of transformers for what the file does not say
   * @throws `InvalidConfig` naming the field, what it accepts and what was found
   */
  static fromJSON(json: unknown): BeitConfig {
    checkObject('Invalid config', json, 'InvalidConfig');
    const hub = json as Record<string, unknown>;
    const modelType = (hub.model_type ?? typeOfClass(hub.architectures)) as ModelType;
    const family = familyOf(modelType);
    const fields = CONFIG_FIELDS.filter(([name]) => family.fields.includes(name)).map(([name, key]) => [
      name,
      hub[key],
    ]);
    return new BeitConfig({
      ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
      ...family.read?.(hub),
      modelType,
      outIndices: (hub.out_indices ?? hub.segmentation_indices ?? hub.semantic_out_indices ?? null) as number[] | null,
      id2label: hub.id2label as Id2Label,
      numLabels: hub.num_labels as number | undefined,
      problemType: hub.problem_type as ProblemType | null,
      extra: Object.fromEntries(Object.entries(hub).filter(([key]) => !OWN_KEYS.has(key))),
    });
  }

  /**
   * The hub's `config.json` as an object: sorted keys, unknown ones kept.
   *
   * @returns a plain object for `JSON.stringify`; fields of other families are left out
   * @throws nothing: a config that exists is valid
   */
  toJSON(): Record<string, unknown> {
    const { fields, write } = this.family;
    const own = CONFIG_FIELDS.filter(([name]) => fields.includes(name)).map(
      ([name, key]) => [key, this[name]] as const,
    );
    const labels = isDefault(this.id2label) ? {} : { id2label: this.id2label, label2id: this.label2id };
    const problem = this.problemType ? { problem_type: this.problemType } : {};
    const more = { ...write?.(this), ...labels, ...problem };
    const all = { ...this.extra, model_type: this.modelType, ...Object.fromEntries(own), ...more };
    return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What the model type says of the encoder. */
  get family(): Family {
    return FAMILIES[this.modelType];
  }

  /** Tokens before those of the patches: the class token, DeiT's distillation token, registers. */
  get prefixTokens(): number {
    return (this.classToken ? 1 : 0) + (this.family.distillationToken ? 1 : 0) + this.numRegisterTokens;
  }

  /** Those of them that have a row in the position table, which come first. */
  get positionedPrefix(): number {
    return this.positionedTokens ?? this.prefixTokens - this.numRegisterTokens;
  }

  /** What the last norm is applied to. */
  get normalized(): FinalNorm {
    return this.finalNorm ?? (this.useMeanPooling ? 'pooled' : 'tokens');
  }

  /** Count of `id2label`, as in transformers: keys may have gaps. */
  get numLabels(): number {
    return Object.keys(this.id2label).length;
  }

  /** `id2label` turned round; of labels that are there twice, the last id. */
  get label2id(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.id2label).map(([id, label]) => [label, Number(id)]));
  }

  /** Native size in pixels. */
  get nativeSize(): { height: number; width: number } {
    const [height, width] = typeof this.imageSize === 'number' ? [this.imageSize, this.imageSize] : this.imageSize;
    return { height, width };
  }

  /** Native patch grid. */
  get nativeGrid(): { height: number; width: number } {
    const { height, width } = this.nativeSize;
    return { height: Math.floor(height / this.patchSize), width: Math.floor(width / this.patchSize) };
  }

  /** What the first half of the MLP applies. */
  get activation(): Epilogue {
    return (ACTIVATION_ALIASES[this.hiddenAct] ?? this.hiddenAct) as Epilogue;
  }

  #validate(): void {
    const { hiddenSize, numAttentionHeads, problemType, nativeSize, patchSize } = this;
    check(hiddenSize % numAttentionHeads === 0, 'InvalidConfig', () => {
      return `Invalid config: hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${numAttentionHeads}`;
    });
    check(problemType === null || PROBLEM_TYPES.includes(problemType), 'InvalidConfig', () => {
      return `Invalid config: problem_type must be one of ${PROBLEM_TYPES.join(', ')} or null, got ${quoted(problemType)}`;
    });
    const classless = this.useMeanPooling && !this.useRelativePositionBias && !this.useSharedRelativePositionBias;
    check(this.classToken || classless, 'InvalidConfig', () => {
      return 'Invalid config: class_token false needs use_mean_pooling, and no relative position bias';
    });
    check(this.positionedPrefix <= this.prefixTokens, 'InvalidConfig', () => {
      return `Invalid config: positioned_tokens must be at most ${this.prefixTokens}, got ${this.positionedTokens}`;
    });
    check(Math.min(nativeSize.height, nativeSize.width) >= patchSize, 'InvalidConfig', () => {
      return `Invalid config: image_size ${nativeSize.height}×${nativeSize.width} is below patch_size ${patchSize}`;
    });
  }
}

function labelsFor({ id2label: given, numLabels }: BeitConfigInit): Id2Label {
  const id2label = given == null ? undefined : readLabels(given);
  if (numLabels === undefined || numLabels === null) return id2label ?? defaultLabels(2);
  return id2label && Object.keys(id2label).length === numLabels ? id2label : defaultLabels(numLabels);
}

function isDefault(id2label: Id2Label): boolean {
  return JSON.stringify(id2label) === JSON.stringify(defaultLabels(2));
}
