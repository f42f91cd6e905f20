import { ACTIVATIONS, type Activation } from '../../../../activations.ts';
import type { Epilogue } from '../../../../backend.ts';
import { check } from '../../../../errors.ts';
import { quoted } from '../../../../quoted.ts';
import type { BeitConfig } from '../../config/config.ts';
import { ACTIVATION_ALIASES } from '../../config/configFields.ts';
import { alignStages } from '../../config/stages.ts';
import { type ZoeFields, zoeFields } from './zoe/zoeFields.ts';

/** Far beyond any model. */
const MOST_WIDTH = 65_536;
const MOST_FACTOR = 64;

const TYPES = ['dpt', 'depth_anything', 'zoedepth'] as const;

/** What a config says of a depth estimator besides its encoder; the names are those of transformers' DPT. */
export interface DepthFields {
  readonly modelType: (typeof TYPES)[number];
  /** Hidden states that the neck takes; 0 are the embeddings. */
  readonly stages: readonly number[];
  readonly neckHiddenSizes: readonly number[];
  /** Times the size of the patch grid: whole numbers, or 1/2, 1/4 … */
  readonly reassembleFactors: readonly number[];
  readonly fusionHiddenSize: number;
  /** Which of the fused maps the head takes, counted from the coarsest. */
  readonly headInIndex: number;
  readonly readoutType: 'ignore' | 'add' | 'project';
  /** Behind the projected readout: the activation of the outer config, not that of the encoder. */
  readonly readoutActivation: Epilogue;
  readonly batchNorm: boolean;
  readonly fusionBias: boolean;
  readonly addProjection: boolean;
  readonly headHiddenSize: number;
  /** Depth of a sigmoid's 1 in metric models; null for relative depth, which is rectified. */
  readonly maxDepth: number | null;
  /** The metric head of ZoeDepth, behind the relative one; null for the others. */
  readonly zoe: ZoeFields | null;
}

/** Keys around the config of a backbone, or in the config of DPT's own encoder. */
export function outerFields(config: BeitConfig): Readonly<Record<string, unknown>> {
  return config.modelType === 'dpt' ? config.extra : (Object(config.extra.around) as Record<string, unknown>);
}

/** @throws `InvalidConfig` naming a field that is missing or of another kind */
export function depthFields(config: BeitConfig): DepthFields {
  const outer = outerFields(config);
  const modelType = config.modelType === 'dpt' ? 'dpt' : (outer.model_type as DepthFields['modelType']);
  check(TYPES.includes(modelType), 'InvalidConfig', () => {
    return `Invalid config: a depth estimator has model_type ${TYPES.map(quoted).join(' or ')}, got ${quoted(modelType)}`;
  });
  check(
    outer.is_hybrid !== true,
    'InvalidConfig',
    'Invalid config: is_hybrid is true; only encoders without a ResNet are read',
  );
  const anything = modelType === 'depth_anything';
  const zoe = modelType === 'zoedepth';
  const fusionHiddenSize = count(outer, 'fusion_hidden_size', anything ? 64 : 256);
  const stages = stagesOf(config, outer);
  const fields = {
    modelType,
    stages,
    neckHiddenSizes: numbers(outer, 'neck_hidden_sizes', anything ? [48, 96, 192, 384] : [96, 192, 384, 768]),
    reassembleFactors: numbers(outer, 'reassemble_factors', [4, 2, 1, 0.5]),
    fusionHiddenSize,
    headInIndex: (outer.head_in_index ?? -1) as number,
    readoutType: anything ? 'ignore' : ((outer.readout_type ?? 'project') as DepthFields['readoutType']),
    readoutActivation: activation(config, outer),
    batchNorm: outer.use_batch_norm_in_fusion_residual === true,
    fusionBias: (outer.use_bias_in_fusion_residual ?? outer.use_batch_norm_in_fusion_residual !== true) as boolean,
    addProjection: outer.add_projection === true,
    headHiddenSize: zoe
      ? count(outer, 'num_relative_features', 32)
      : anything
        ? count(outer, 'head_hidden_size', 32)
        : 32,
    zoe: zoe ? zoeFields(outer, fusionHiddenSize, stages.length) : null,
    maxDepth: outer.depth_estimation_type === 'metric' ? depthOf(outer.max_depth ?? 1) : null,
  };
  return checked(fields);
}

function depthOf(value: unknown): number {
  check(Number.isFinite(value), 'InvalidConfig', () => {
    return `Invalid config: max_depth must be a number, got ${quoted(value)}`;
  });
  return value as number;
}

function activation(config: BeitConfig, { hidden_act = 'gelu' }: Readonly<Record<string, unknown>>): Epilogue {
  if (config.modelType === 'dpt') return config.activation;
  const name = typeof hidden_act === 'string' ? (ACTIVATION_ALIASES[hidden_act] ?? hidden_act) : '';
  check(ACTIVATIONS.includes(name as Activation), 'InvalidConfig', () => {
    return `Invalid config: hidden_act must be one of ${ACTIVATIONS.join(', ')}, got ${quoted(hidden_act)}`;
  });
  return name as Activation;
}

function stagesOf(config: BeitConfig, outer: Readonly<Record<string, unknown>>): readonly number[] {
  if (config.modelType !== 'dpt') return alignStages(config).outIndices;
  // DPT counts the outputs of blocks from 0
  const { numHiddenLayers } = config;
  const given = numbers(outer, 'backbone_out_indices', [2, 5, 8, 11]);
  return Array.from({ length: numHiddenLayers }, (_, i) => i)
    .filter((i) => given.includes(i))
    .map((i) => i + 1);
}

function checked(fields: DepthFields): DepthFields {
  const { stages, neckHiddenSizes, reassembleFactors, headInIndex, readoutType } = fields;
  const { length } = stages;
  check(neckHiddenSizes.length === length && reassembleFactors.length === length, 'InvalidConfig', () => {
    return `Invalid config: ${length} hidden states need as many neck_hidden_sizes and reassemble_factors, got ${neckHiddenSizes.length} and ${reassembleFactors.length}`;
  });
  const whole = (factor: number) => (factor >= 1 ? factor : 1 / factor);
  const odd = reassembleFactors.find((factor) => !(Number.isInteger(whole(factor)) && whole(factor) <= MOST_FACTOR));
  check(odd === undefined, 'InvalidConfig', () => {
    return `Invalid config: reassemble_factors must be whole numbers up to ${MOST_FACTOR} or 1 divided by them, got ${odd}`;
  });
  const width = neckHiddenSizes.find((size) => !Number.isInteger(size) || size < 1 || size > MOST_WIDTH);
  check(width === undefined, 'InvalidConfig', () => {
    return `Invalid config: neck_hidden_sizes must be integers from 1 to ${MOST_WIDTH}, got ${width}`;
  });
  check(Number.isInteger(headInIndex) && headInIndex >= -length && headInIndex < length, 'InvalidConfig', () => {
    return `Invalid config: head_in_index must be ${-length} to ${length - 1}, got ${quoted(headInIndex)}`;
  });
  check(['ignore', 'add', 'project'].includes(readoutType), 'InvalidConfig', () => {
    return `Invalid config: readout_type must be one of ignore, add, project, got ${quoted(readoutType)}`;
  });
  return { ...fields, headInIndex: (headInIndex + length) % length };
}

function numbers(
  outer: Readonly<Record<string, unknown>>,
  key: string,
  fallback: readonly number[],
): readonly number[] {
  const value = outer[key] ?? fallback;
  const fits =
    Array.isArray(value) && value.length > 0 && value.length <= 16 && value.every((x) => Number.isFinite(x) && x >= 0);
  check(fits, 'InvalidConfig', () => `Invalid config: ${key} must be a list of 1 to 16 numbers, got ${quoted(value)}`);
  return value as number[];
}

function count(outer: Readonly<Record<string, unknown>>, key: string, fallback: number): number {
  const value = outer[key] ?? fallback;
  const fits = Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MOST_WIDTH;
  check(
    fits,
    'InvalidConfig',
    () => `Invalid config: ${key} must be an integer from 1 to ${MOST_WIDTH}, got ${quoted(value)}`,
  );
  return value as number;
}
