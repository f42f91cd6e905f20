import { ACTIVATIONS } from '../../../activations.ts';

/** Every field of a BEiT config, named as in transformers, TypeScript-cased. */
export interface BeitConfigFields {
  /** Visual tokens the masked-modeling head tells apart. */
  vocabSize: number;
  hiddenSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  intermediateSize: number;
  /** A name of transformers' activation table, `selu` included. */
  hiddenAct: string;
  hiddenDropoutProb: number;
  attentionProbsDropoutProb: number;
  initializerRange: number;
  layerNormEps: number;
  /** Native size in pixels: a number, or [height, width]. */
  imageSize: number | readonly [number, number];
  patchSize: number;
  numChannels: number;
  useMaskToken: boolean;
  useAbsolutePositionEmbeddings: boolean;
  useRelativePositionBias: boolean;
  useSharedRelativePositionBias: boolean;
  /** Above 0 there are LayerScale vectors; 0 or less, none. */
  layerScaleInitValue: number;
  dropPathRate: number;
  /** Mean of the patch tokens with a norm of its own, instead of the class token behind a final norm. */
  useMeanPooling: boolean;
  /** Hidden states that segmentation and backbone take; negative counts from the end. */
  outIndices: readonly number[] | null;
  outFeatures: readonly string[] | null;
  addFpn: boolean;
  reshapeHiddenStates: boolean;
  poolScales: readonly number[];
  useAuxiliaryHead: boolean;
  auxiliaryLossWeight: number;
  auxiliaryChannels: number;
  auxiliaryNumConvs: number;
  auxiliaryConcatInput: boolean;
  semanticLossIgnoreIndex: number;
  /** Whether query and value, and in the families that have it the key, have a bias. */
  qkvBias: boolean;
  /** Learned tokens without a position between the class token and the patches. */
  numRegisterTokens: number;
  /** Whether a backbone normalizes its feature maps; BEiT's does not. */
  applyLayernorm: boolean;
  /** Whether there is a class token; without one the patch tokens are averaged. */
  classToken: boolean;
  /** How many of the prefix tokens have a row in the position table; null: all but the registers. */
  positionedTokens: number | null;
  /** A norm over the embeddings, whose patch projection then has no bias (CLIP). */
  preNorm: boolean;
  /** Norms inside attention, before its projection, and inside the MLP, after its activation (BEiT-3). */
  subNorms: boolean;
  /** What the last norm is applied to; null: the pooled vector with mean pooling, else all tokens. */
  finalNorm: FinalNorm | null;
}

/** What the last norm is applied to. */
export type FinalNorm = 'tokens' | 'pooled' | 'none';
const FINAL_NORMS: readonly unknown[] = [null, 'tokens', 'pooled', 'none'];

interface Kind {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isInteger = (v: unknown, least: number) => Number.isSafeInteger(v) && (v as number) >= least;
/** Far beyond any model, and near enough to be rejected before anything is made for every item. */
const MOST_ITEMS = 1000;
const isList = (v: unknown, item: (x: unknown) => boolean) =>
  Array.isArray(v) && v.length <= MOST_ITEMS && v.every(item);

const COUNT: Kind = { expected: 'a positive integer', accepts: (v) => isInteger(v, 1) };
/** Far beyond any model, and near enough to be rejected before a list of blocks is made. */
const MOST = 10_000;
const upToMost = (least: number): Kind => ({
  expected: `an integer from ${least} to ${MOST}`,
  accepts: (v) => isInteger(v, least) && +v! <= MOST,
});
const LAYERS = upToMost(1);
const COUNT_OR_NONE = upToMost(0);
const COUNT_OR_NULL: Kind = {
  expected: `${COUNT_OR_NONE.expected}, or null`,
  accepts: (v) => v === null || COUNT_OR_NONE.accepts(v),
};
const FINAL_NORM: Kind = { expected: 'tokens, pooled, none or null', accepts: (v) => FINAL_NORMS.includes(v) };
const INTEGER: Kind = { expected: 'an integer', accepts: (v) => Number.isSafeInteger(v) };
const FLAG: Kind = { expected: 'true or false', accepts: (v) => typeof v === 'boolean' };
const NUMBER: Kind = { expected: 'a finite number', accepts: (v) => Number.isFinite(v) };
const SHARE: Kind = { expected: 'a number from 0 to 1', accepts: (v) => Number.isFinite(v) && +v! >= 0 && +v! <= 1 };
const POSITIVE: Kind = { expected: 'a number of 0 or more', accepts: (v) => Number.isFinite(v) && +v! >= 0 };
const COUNTS: Kind = {
  expected: `a list of 1 to ${MOST_ITEMS} positive integers`,
  accepts: (v) => isList(v, (x) => isInteger(x, 1)) && (v as unknown[]).length > 0,
};
const SIZE: Kind = {
  expected: 'a positive integer or [height, width]',
  accepts: (v) => isInteger(v, 1) || (isList(v, (x) => isInteger(x, 1)) && (v as unknown[]).length === 2),
};
const INDICES: Kind = {
  expected: `a list of at most ${MOST_ITEMS} integers or null`,
  accepts: (v) => v === null || isList(v, Number.isSafeInteger),
};
const NAMES: Kind = {
  expected: `a list of at most ${MOST_ITEMS} strings or null`,
  accepts: (v) => v === null || isList(v, (x) => typeof x === 'string'),
};

/** transformers' other names of the same functions. */
export const ACTIVATION_ALIASES: Readonly<Record<string, string>> = {
  gelu_python: 'gelu',
  gelu_accurate: 'gelu_new',
  gelu_pytorch_tanh: 'gelu_new',
  gelu_python_tanh: 'gelu_new',
  swish: 'silu',
  linear: 'store',
};
const ACTIVATION_NAMES: readonly string[] = [...ACTIVATIONS, ...Object.keys(ACTIVATION_ALIASES)];
const ACTIVATION: Kind = {
  expected: `one of ${ACTIVATION_NAMES.join(', ')}`,
  accepts: (v) => ACTIVATION_NAMES.includes(v as string),
};

/** camelCase name, hub name, default of transformers 5, and what is accepted. The order is the constructor's. */
export const CONFIG_FIELDS: readonly (readonly [keyof BeitConfigFields, string, unknown, Kind])[] = [
  ['vocabSize', 'vocab_size', 8192, COUNT],
  ['hiddenSize', 'hidden_size', 768, COUNT],
  ['numHiddenLayers', 'num_hidden_layers', 12, LAYERS],
  ['numAttentionHeads', 'num_attention_heads', 12, COUNT],
  ['intermediateSize', 'intermediate_size', 3072, COUNT],
  ['hiddenAct', 'hidden_act', 'gelu', ACTIVATION],
  ['hiddenDropoutProb', 'hidden_dropout_prob', 0, SHARE],
  ['attentionProbsDropoutProb', 'attention_probs_dropout_prob', 0, SHARE],
  ['initializerRange', 'initializer_range', 0.02, POSITIVE],
  ['layerNormEps', 'layer_norm_eps', 1e-12, POSITIVE],
  ['imageSize', 'image_size', 224, SIZE],
  ['patchSize', 'patch_size', 16, COUNT],
  ['numChannels', 'num_channels', 3, COUNT],
  ['useMaskToken', 'use_mask_token', false, FLAG],
  ['useAbsolutePositionEmbeddings', 'use_absolute_position_embeddings', false, FLAG],
  ['useRelativePositionBias', 'use_relative_position_bias', false, FLAG],
  ['useSharedRelativePositionBias', 'use_shared_relative_position_bias', false, FLAG],
  ['layerScaleInitValue', 'layer_scale_init_value', 0.1, NUMBER],
  ['dropPathRate', 'drop_path_rate', 0.1, SHARE],
  ['useMeanPooling', 'use_mean_pooling', true, FLAG],
  ['outIndices', 'out_indices', null, INDICES],
  ['outFeatures', 'out_features', null, NAMES],
  ['addFpn', 'add_fpn', false, FLAG],
  ['reshapeHiddenStates', 'reshape_hidden_states', true, FLAG],
  ['poolScales', 'pool_scales', [1, 2, 3, 6], COUNTS],
  ['useAuxiliaryHead', 'use_auxiliary_head', true, FLAG],
  ['auxiliaryLossWeight', 'auxiliary_loss_weight', 0.4, NUMBER],
  ['auxiliaryChannels', 'auxiliary_channels', 256, COUNT],
  ['auxiliaryNumConvs', 'auxiliary_num_convs', 1, COUNT_OR_NONE],
  ['auxiliaryConcatInput', 'auxiliary_concat_input', false, FLAG],
  ['semanticLossIgnoreIndex', 'semantic_loss_ignore_index', 255, INTEGER],
  ['qkvBias', 'qkv_bias', true, FLAG],
  ['numRegisterTokens', 'num_register_tokens', 0, COUNT_OR_NONE],
  ['applyLayernorm', 'apply_layernorm', false, FLAG],
  ['classToken', 'class_token', true, FLAG],
  ['positionedTokens', 'positioned_tokens', null, COUNT_OR_NULL],
  ['preNorm', 'pre_norm', false, FLAG],
  ['subNorms', 'sub_norms', false, FLAG],
  ['finalNorm', 'final_norm', null, FINAL_NORM],
];
