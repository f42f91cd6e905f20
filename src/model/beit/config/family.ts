import { BeitError, check } from '../../../errors.ts';
import type { GridKernel } from '../../../interpolate.ts';
import { quoted } from '../../../quoted.ts';
import type { BeitConfigFields } from './configFields.ts';

/** A hub config, parsed. */
type Hub = Readonly<Record<string, unknown>>;
type Fields = Partial<BeitConfigFields>;
type FieldName = keyof BeitConfigFields;

/** Model classes by BEiT's names; the other families have names of their own for the same. */
export type ArchitectureName =
  | 'BeitModel'
  | 'BeitForImageClassification'
  | 'BeitForMaskedImageModeling'
  | 'BeitForSemanticSegmentation'
  | 'BeitBackbone'
  | 'DeiTForImageClassificationWithTeacher'
  | 'DPTForDepthEstimation';

/**
 * One family of encoders made of BEiT's block. The model is the same for all; what differs is this plain data. Sources:
 * the configuration and modeling files of transformers 5.24 and 4.57.
 */
export interface Family {
  /** Before the names of the body in the files of classes with a head. */
  readonly prefix: string;
  /** transformers' names of the classes that the family has. */
  readonly classes: Readonly<Partial<Record<ArchitectureName, string>>>;
  /** A second token after the class token, with a position of its own (DeiT). */
  readonly distillationToken?: boolean;
  /** The pooler is a linear layer and tanh over the class token (ViT, DeiT). */
  readonly densePooler?: boolean;
  /** The classifier sees [class token ; mean of the patch tokens] (DINOv2). */
  readonly classAndMean?: boolean;
  /** How positions are resized to other grids; default bicubic. DINOv2 with registers has antialias, DPT is bilinear. */
  readonly positionKernel?: GridKernel;
  /** The mask token is stored as [1, dim]; BEiT's as [1, 1, dim]. */
  readonly flatMaskToken?: boolean;
  /** The key has a bias wherever query and value have one. */
  readonly keyBias?: boolean;
  /** Fields that the family's config has under the names of BEiT's. */
  readonly fields: readonly FieldName[];
  /** Fields that follow from other keys or are fixed. @throws `InvalidConfig` for a variant with another block */
  readonly read?: (hub: Hub) => Fields;
  /** Keys that are written besides those of `fields`. */
  readonly write?: (fields: BeitConfigFields) => Record<string, unknown>;
  /** Names of tensors in the family's files where they differ from BEiT's. */
  readonly renames?: readonly (readonly [pattern: RegExp, replacement: string])[];
}

const SHARED: readonly FieldName[] = [
  'hiddenSize',
  'numHiddenLayers',
  'numAttentionHeads',
  'hiddenAct',
  'hiddenDropoutProb',
  'attentionProbsDropoutProb',
  'initializerRange',
  'layerNormEps',
  'imageSize',
  'patchSize',
  'numChannels',
];
const BEIT_ONLY: readonly FieldName[] = [
  'vocabSize',
  'intermediateSize',
  'useMaskToken',
  'useAbsolutePositionEmbeddings',
  'useRelativePositionBias',
  'useSharedRelativePositionBias',
  'layerScaleInitValue',
  'dropPathRate',
  'useMeanPooling',
  'outIndices',
  'outFeatures',
  'addFpn',
  'reshapeHiddenStates',
  'poolScales',
  'useAuxiliaryHead',
  'auxiliaryLossWeight',
  'auxiliaryChannels',
  'auxiliaryNumConvs',
  'auxiliaryConcatInput',
  'semanticLossIgnoreIndex',
];

/** What plain vision transformers have in common: absolute positions, a class token after a final norm. */
const PLAIN: Fields = {
  useAbsolutePositionEmbeddings: true,
  useRelativePositionBias: false,
  useSharedRelativePositionBias: false,
  useMaskToken: false,
  useMeanPooling: false,
  layerScaleInitValue: 0,
};

/** A plain ViT; timm's, which are read as this family, may pool the mean of the patch tokens. */
const vit = (name: string, prefix: string, more: Partial<Family> = {}): Family => ({
  prefix,
  classes: { BeitModel: `${name}Model`, BeitForImageClassification: `${name}ForImageClassification` },
  keyBias: true,
  densePooler: true,
  fields: [...SHARED, 'intermediateSize', 'qkvBias'],
  read: (hub) => ({ ...PLAIN, dropPathRate: 0, useMeanPooling: hub.use_mean_pooling === true }),
  write: ({ useMeanPooling }) => (useMeanPooling ? { use_mean_pooling: true } : {}),
  ...more,
});

const dinov2 = (name: string, prefix: string, more: Partial<Family> = {}): Family => ({
  prefix,
  classes: {
    BeitModel: `${name}Model`,
    BeitForImageClassification: `${name}ForImageClassification`,
    BeitBackbone: `${name}Backbone`,
  },
  keyBias: true,
  classAndMean: true,
  flatMaskToken: true,
  fields: [...SHARED, 'qkvBias', 'dropPathRate', 'outIndices', 'outFeatures', 'reshapeHiddenStates', 'applyLayernorm'],
  read: readDinov2,
  write: ({ hiddenSize, intermediateSize, layerScaleInitValue }) => ({
    mlp_ratio: intermediateSize / hiddenSize,
    layerscale_value: layerScaleInitValue,
    use_swiglu_ffn: false,
  }),
  renames: [
    [/^(encoder\.layer\.\d+)\.layernorm_before\./, '$1.norm1.'],
    [/^(encoder\.layer\.\d+)\.layernorm_after\./, '$1.norm2.'],
    [/^(encoder\.layer\.\d+)\.lambda_([12])$/, '$1.layer_scale$2.lambda1'],
    [/^(encoder\.layer\.\d+)\.intermediate\.dense\./, '$1.mlp.fc1.'],
    [/^(encoder\.layer\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
  ],
  ...more,
});

function readDinov2(hub: Hub): Fields {
  check(hub.use_swiglu_ffn !== true, 'InvalidConfig', () => {
    return 'Invalid config: use_swiglu_ffn is true; only blocks with a plain MLP are supported (all but DINOv2 giant)';
  });
  const ratio = (hub.mlp_ratio ?? 4) as number;
  const dim = (hub.hidden_size ?? 768) as number;
  return {
    ...PLAIN,
    useMaskToken: hub.use_mask_token !== false,
    layerScaleInitValue: (hub.layerscale_value ?? 1) as number,
    intermediateSize: Math.trunc(dim * ratio),
    layerNormEps: (hub.layer_norm_eps ?? 1e-6) as number,
    dropPathRate: (hub.drop_path_rate ?? 0) as number,
    applyLayernorm: (hub.apply_layernorm ?? true) as boolean,
  };
}

const beit = (name: string, prefix: string): Family => ({
  prefix,
  classes: {
    BeitModel: `${name}Model`,
    BeitForImageClassification: `${name}ForImageClassification`,
    BeitForSemanticSegmentation: `${name}ForSemanticSegmentation`,
    ...(name === 'Beit' && { BeitForMaskedImageModeling: 'BeitForMaskedImageModeling', BeitBackbone: 'BeitBackbone' }),
  },
  fields: [...SHARED, ...BEIT_ONLY],
});

/**
 * timm's `VisionTransformer` where no class of transformers computes it: a type of this library. The files have timm's
 * parts under the names of BEiT's.
 */
const TIMM_VIT: Family = {
  prefix: '',
  classes: {
    BeitModel: 'TimmWrapperModel',
    BeitForImageClassification: 'TimmWrapperForImageClassification',
    BeitBackbone: 'TimmBackbone',
  },
  keyBias: true,
  positionKernel: 'bicubicAntialias',
  fields: [
    ...SHARED,
    'intermediateSize',
    'qkvBias',
    'layerScaleInitValue',
    'useMeanPooling',
    'outIndices',
    'outFeatures',
    'reshapeHiddenStates',
    'applyLayernorm',
    'numRegisterTokens',
    'classToken',
    'positionedTokens',
    'preNorm',
    'subNorms',
    'finalNorm',
  ],
  read: () => ({ useAbsolutePositionEmbeddings: true, dropPathRate: 0 }),
};

/** The families by the `model_type` of their configs. */
export const FAMILIES = {
  beit: beit('Beit', 'beit.'),
  'data2vec-vision': beit('Data2VecVision', 'data2vec_vision.'),
  vit: vit('ViT', 'vit.'),
  deit: vit('DeiT', 'deit.', {
    classes: {
      BeitModel: 'DeiTModel',
      BeitForImageClassification: 'DeiTForImageClassification',
      DeiTForImageClassificationWithTeacher: 'DeiTForImageClassificationWithTeacher',
    },
    distillationToken: true,
  }),
  // the encoder of DPT models without a backbone of their own kind
  dpt: vit('DPT', 'dpt.', {
    classes: { DPTForDepthEstimation: 'DPTForDepthEstimation' },
    densePooler: false,
    positionKernel: 'bilinear',
  }),
  timm_vit: TIMM_VIT,
  vit_mae: vit('ViTMAE', 'vit.', { classes: { BeitModel: 'ViTMAEModel' }, densePooler: false }),
  vit_msn: vit('ViTMSN', 'vit.', { densePooler: false }),
  dinov2: dinov2('Dinov2', 'dinov2.'),
  dinov2_with_registers: dinov2('Dinov2WithRegisters', 'dinov2_with_registers.', {
    positionKernel: 'bicubicAntialias',
    fields: [...dinov2('', '').fields, 'numRegisterTokens'],
    read: (hub) => ({ ...readDinov2(hub), numRegisterTokens: (hub.num_register_tokens ?? 4) as number }),
  }),
} satisfies Record<string, Family>;

/** One of {@link FAMILIES}: the `model_type` of a config. */
export type ModelType = keyof typeof FAMILIES;

/** Whether a `model_type`, whatever a file has there, is one of {@link FAMILIES}. */
export function isModelType(value: unknown): value is ModelType {
  return typeof value === 'string' && Object.hasOwn(FAMILIES, value);
}

/** @throws `InvalidConfig` for a model type that is not made of BEiT's block */
export function familyOf(modelType: unknown): Family {
  if (isModelType(modelType)) return FAMILIES[modelType];
  const known = Object.keys(FAMILIES).join(', ');
  throw new BeitError('InvalidConfig', `Unknown model_type ${quoted(modelType)}: expected one of ${known}`);
}

/**
 * The model type of a config that names none: that of the first of its `architectures`, BEiT's where there is none either.
 *
 * @throws `InvalidConfig` for a class that no family has
 */
export function typeOfClass(architectures: unknown): ModelType {
  const [name]: unknown[] = Array.isArray(architectures) ? architectures : [];
  if (typeof name !== 'string') return 'beit';
  const type = Object.entries(FAMILIES).find(([, { classes }]) => Object.values(classes).includes(name))?.[0];
  check(type !== undefined, 'InvalidConfig', () => {
    const known = Object.keys(FAMILIES).join(', ');
    return `Cannot tell the family of a config: it has no model_type, and ${quoted(name)} is a class of none; expected one of ${known}`;
  });
  return type as ModelType;
}
