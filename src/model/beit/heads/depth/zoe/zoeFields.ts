import { check } from '../../../../../errors.ts';
import { quoted } from '../../../../../quoted.ts';

type Hub = Readonly<Record<string, unknown>>;

/** Levels of the pyramid, each with attractors of its own; the reference builds no other count. */
export const LEVELS = 4;
/** Far beyond any model. */
const MOST = 65_536;

/** Depths that one head tells apart, from `minDepth` to `maxDepth`; unit: meters. */
export interface BinConfiguration {
  /** Of the head, where there are several: part of the names of its tensors. */
  readonly name: string | null;
  readonly bins: number;
  readonly minDepth: number;
  readonly maxDepth: number;
}

/** The transformer that tells which of several heads a picture is for. */
export interface DomainFields {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
}

/** What a config says of the metric head of ZoeDepth; the names are those of transformers' `ZoeDepthConfig`. */
export interface ZoeFields {
  readonly bottleneck: number;
  readonly embedding: number;
  /** Attractors of each level, from the coarsest. */
  readonly attractors: readonly number[];
  readonly attractorKind: 'mean' | 'sum';
  readonly minTemp: number;
  readonly maxTemp: number;
  /** Centers of bins are kept between the least and the largest depth. */
  readonly normed: boolean;
  readonly configurations: readonly BinConfiguration[];
  /** Null for one head. */
  readonly domains: DomainFields | null;
}

/** @throws `InvalidConfig` naming a field that is missing or of another kind */
export function zoeFields(outer: Hub, fusionHiddenSize: number, levels: number): ZoeFields {
  const embedding = count(outer, 'bin_embedding_dim', 128);
  const configurations = binConfigurations(outer);
  const several = configurations.length > 1;
  const given = (outer.num_attractors ?? [16, 8, 4, 1]) as readonly number[];
  const fits = Array.isArray(given) && given.length === LEVELS && given.every(isCount);
  check(fits, 'InvalidConfig', () => `Invalid config: num_attractors must be ${LEVELS} counts, got ${quoted(given)}`);
  check(levels === LEVELS, 'InvalidConfig', () => {
    return `Invalid config: ZoeDepth takes ${LEVELS} hidden states of its backbone, got ${levels}`;
  });
  const bottleneck = count(outer, 'bottleneck_features', 256);
  check(bottleneck === fusionHiddenSize, 'InvalidConfig', () => {
    return `Invalid config: bottleneck_features must be fusion_hidden_size, ${fusionHiddenSize}, got ${bottleneck}`;
  });
  return {
    bottleneck,
    embedding,
    // with several heads the reference passes no counts on, and its layers have their default
    attractors: several ? given.map(() => 16) : given,
    attractorKind: oneOf(outer, 'attractor_kind', ['mean', 'sum']),
    minTemp: number(outer, 'min_temp', 0.0212),
    maxTemp: number(outer, 'max_temp', 50),
    normed: oneOf(outer, 'bin_centers_type', ['softplus', 'normed']) === 'normed',
    configurations,
    domains: several ? domainFields(outer) : null,
  };
}

function binConfigurations({ bin_configurations }: Hub): readonly BinConfiguration[] {
  const given = (bin_configurations ?? [{ n_bins: 64, min_depth: 0.001, max_depth: 10 }]) as readonly Hub[];
  check(Array.isArray(given) && given.length > 0 && given.length <= 16, 'InvalidConfig', () => {
    return `Invalid config: bin_configurations must be a list of 1 to 16, got ${quoted(given)}`;
  });
  const names = given.map((each) => Object(each).name);
  const named = names.every((name) => typeof name === 'string' && /^\w+$/.test(name));
  check(given.length === 1 || (named && new Set(names).size === names.length), 'InvalidConfig', () => {
    return `Invalid config: bin_configurations must have a name each, all different, got ${quoted(names)}`;
  });
  return given.map((each) => ({
    name: given.length > 1 ? (each.name as string) : null,
    bins: count(Object(each), 'n_bins', Number.NaN),
    minDepth: number(Object(each), 'min_depth', Number.NaN),
    maxDepth: number(Object(each), 'max_depth', Number.NaN),
  }));
}

function domainFields(outer: Hub): DomainFields {
  const hiddenSize = count(outer, 'patch_transformer_hidden_size', Number.NaN);
  const heads = count(outer, 'patch_transformer_num_attention_heads', Number.NaN);
  const layers = count(outer, 'num_patch_transformer_layers', Number.NaN);
  // the classifier behind it and the number of layers that run are constants of the reference
  check(hiddenSize === 128 && layers === 4 && hiddenSize % heads === 0, 'InvalidConfig', () => {
    return `Invalid config: the patch transformer must be 4 layers of 128, got ${layers} of ${hiddenSize} with ${heads} heads`;
  });
  return { hiddenSize, heads, intermediateSize: count(outer, 'patch_transformer_intermediate_size', Number.NaN) };
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST;
}

function count(hub: Hub, key: string, fallback: number): number {
  const value = hub[key] ?? fallback;
  check(isCount(value), 'InvalidConfig', () => {
    return `Invalid config: ${key} must be an integer from 1 to ${MOST}, got ${quoted(value)}`;
  });
  return value as number;
}

function number(hub: Hub, key: string, fallback: number): number {
  const value = hub[key] ?? fallback;
  check(Number.isFinite(value), 'InvalidConfig', () => {
    return `Invalid config: ${key} must be a number, got ${quoted(value)}`;
  });
  return value as number;
}

function oneOf<T extends string>(hub: Hub, key: string, known: readonly [T, ...T[]]): T {
  const value = (hub[key] ?? known[0]) as T;
  check(known.includes(value), 'InvalidConfig', () => {
    return `Invalid config: ${key} must be one of ${known.join(', ')}, got ${quoted(value)}`;
  });
  return value;
}
