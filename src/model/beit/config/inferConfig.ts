import { BeitError, check } from '../../../errors.ts';
import { familyOf, type ModelType } from './family.ts';
import { defaultLabels } from './labels.ts';
import type { Naming } from './names.ts';

type Shape = readonly number[];
type Shapes = ReadonlyMap<string, Shape>;

/** A config as the shapes of a checkpoint tell it, and the fields of it that they do not tell. */
export interface InferredConfig {
  /** Fields of the hub's `config.json`, in its spelling. */
  readonly config: Record<string, unknown>;
  /** Fields that no tensor shows and that have no safe default; sorted. */
  readonly missing: readonly string[];
}

const TABLE = 'relative_position_bias.relative_position_bias_table';
const FIRST = 'encoder.layer.0';
/** Hidden states that the segmentation heads of the published models take, by their number of layers. */
const OUT_INDICES: Readonly<Record<number, readonly number[]>> = { 12: [3, 5, 7, 11], 24: [7, 11, 15, 23] };

/**
 * The config behind a checkpoint without `config.json`, from the canonical names and shapes of its tensors. The number
 * of heads shows only in the columns of a relative position table, the image size in its rows or in the positions.
 *
 * @throws `CheckpointMismatch` when the tensors are not those of a BEiT, or contradict each other; `InvalidConfig` for labels beyond
 * counting.
 * @example
 * const { config, missing } = inferConfig(shapes);
 * if (missing.length > 0) console.log(`please give ${missing.join(', ')}`);
 */
export function inferConfig(tensors: Shapes, naming: Naming = 'transformers'): InferredConfig {
  const modelType = modelTypeOf(tensors);
  const found = modelType === 'beit' ? beitFields(tensors) : plainFields(tensors, modelType);
  const eps = ['unilm', 'candle', 'openmmlab'].includes(naming) || modelType.startsWith('dinov2') ? 1e-6 : 1e-12;
  const known = Object.entries(found).filter(([, value]) => value !== undefined);
  const missing = Object.keys(found).filter((key) => found[key] === undefined);
  const config = { model_type: modelType, hidden_act: 'gelu', layer_norm_eps: eps, ...Object.fromEntries(known) };
  return { config, missing: missing.sort() };
}

function beitFields(tensors: Shapes): Fields {
  return { ...bodyOf(tensors), ...positionsOf(tensors), ...headOf(tensors), ...segmentationOf(tensors) };
}

/** The families of plain vision transformers show in a bias of the key, which BEiT has not, and in their own tokens. */
function modelTypeOf(tensors: Shapes): ModelType {
  if (tensors.has('embeddings.register_tokens')) return 'dinov2_with_registers';
  if (tensors.has('embeddings.distillation_token')) return 'deit';
  const attention = `${FIRST}.attention.attention`;
  const keyBias = tensors.has(`${attention}.key.bias`) || tensors.has(`${attention}.qkv.bias`);
  const relative = tensors.has(`${attention}.${TABLE}`) || tensors.has(`encoder.${TABLE}`);
  if (!keyBias || relative) return 'beit';
  return tensors.has(`${FIRST}.lambda_1`) ? 'dinov2' : 'vit';
}

/** Heads of the published plain models by their width; no tensor shows them. */
const HEADS: Readonly<Record<number, number>> = { 192: 3, 384: 6, 768: 12, 1024: 16, 1280: 16, 1408: 16 };

function plainFields(tensors: Shapes, modelType: ModelType): Fields {
  const { use_mask_token, layer_scale_init_value, use_mean_pooling, intermediate_size, ...body } = bodyOf(tensors);
  const dim = body.hidden_size as number;
  const positioned = modelType === 'deit' ? 2 : 1;
  const side = wholeRoot((tensors.get('embeddings.position_embeddings')?.[1] ?? 0) - positioned);
  const shared = {
    ...body,
    num_attention_heads: HEADS[dim],
    image_size: side === undefined ? undefined : side * (body.patch_size as number),
    qkv_bias: true,
    ...plainHeadOf(tensors, modelType),
  };
  if (!modelType.startsWith('dinov2'))
    return { ...shared, intermediate_size, ...(use_mean_pooling ? { use_mean_pooling } : {}) };
  const registers = tensors.get('embeddings.register_tokens')?.[1];
  return {
    ...shared,
    mlp_ratio: (intermediate_size as number) / dim,
    layerscale_value: 1,
    ...(registers === undefined ? { use_mask_token } : { num_register_tokens: registers }),
  };
}

function plainHeadOf(tensors: Shapes, modelType: ModelType): Fields {
  const { classes } = familyOf(modelType);
  const labels = tensors.get('classifier.weight') ?? tensors.get('cls_classifier.weight');
  if (!labels) return { architectures: [classes.BeitModel] };
  const teacher = tensors.has('cls_classifier.weight');
  const name = teacher ? 'DeiTForImageClassificationWithTeacher' : classes.BeitForImageClassification;
  return { architectures: [name], ...labelsOf(labels[0]) };
}

type Fields = Record<string, unknown>;

function bodyOf(tensors: Shapes): Fields {
  const [hidden, channels, patch, patchWidth] = shapeOf(tensors, 'embeddings.patch_embeddings.projection.weight', 4);
  const layers = countOf(tensors, /^encoder\.layer\.(\d+)\./);
  check(layers > 0, 'CheckpointMismatch', 'Cannot infer a config: the checkpoint has no layers');
  check(patch === patchWidth, 'CheckpointMismatch', `Cannot infer a config: patches are ${patch} × ${patchWidth}`);
  return {
    hidden_size: hidden,
    num_channels: channels,
    patch_size: patch,
    num_hidden_layers: layers,
    intermediate_size: shapeOf(tensors, `${FIRST}.intermediate.dense.weight`, 2)[0],
    use_mask_token: tensors.has('embeddings.mask_token'),
    layer_scale_init_value: tensors.has(`${FIRST}.lambda_1`) ? 0.1 : 0,
    use_mean_pooling: !tensors.has('layernorm.weight'),
  };
}

function positionsOf(tensors: Shapes): Fields {
  const own = tensors.get(`${FIRST}.attention.attention.${TABLE}`);
  const shared = tensors.get(`encoder.${TABLE}`);
  const absolute = tensors.get('embeddings.position_embeddings');
  const [, , patch] = shapeOf(tensors, 'embeddings.patch_embeddings.projection.weight', 4);
  const grids = [gridOfTable(own), gridOfTable(shared), gridOfPositions(absolute)].filter((grid) => grid !== undefined);
  check(
    new Set(grids).size <= 1,
    'CheckpointMismatch',
    `Cannot infer an image size: grids of ${grids.join(' and ')} patches`,
  );
  return {
    num_attention_heads: (own ?? shared)?.[1],
    image_size: grids.length > 0 ? grids[0]! * patch : undefined,
    use_relative_position_bias: own !== undefined,
    use_shared_relative_position_bias: shared !== undefined,
    use_absolute_position_embeddings: absolute !== undefined,
  };
}

/** R = (2g − 1)² + 3 rows for a square grid of g × g patches; another grid cannot be told from R alone. */
function gridOfTable(shape: Shape | undefined): number | undefined {
  const side = wholeRoot((shape?.[0] ?? 0) - 3);
  return side !== undefined && side % 2 === 1 ? (side + 1) / 2 : undefined;
}

/** g² + 1 rows, the first for the class token. */
function gridOfPositions(shape: Shape | undefined): number | undefined {
  return wholeRoot((shape?.[1] ?? 0) - 1);
}

function wholeRoot(n: number): number | undefined {
  const root = Math.round(Math.sqrt(Math.max(n, 0)));
  return root > 0 && root * root === n ? root : undefined;
}

function headOf(tensors: Shapes): Fields {
  const vocabulary = tensors.get('lm_head.weight');
  if (vocabulary) return { architectures: ['BeitForMaskedImageModeling'], vocab_size: vocabulary[0] };
  const segments = tensors.get('decode_head.classifier.weight');
  if (segments) return { architectures: ['BeitForSemanticSegmentation'], ...labelsOf(segments[0]) };
  const classes = tensors.get('classifier.weight');
  if (classes) return { architectures: ['BeitForImageClassification'], ...labelsOf(classes[0]) };
  if (tensors.has('fpn1.0.weight')) return { architectures: ['BeitBackbone'], add_fpn: true, out_indices: undefined };
  return { architectures: ['BeitModel'] };
}

function labelsOf(count: number): Fields {
  const id2label = defaultLabels(count);
  return { id2label, label2id: Object.fromEntries(Object.values(id2label).map((label, i) => [label, i])) };
}

function segmentationOf(tensors: Shapes): Fields {
  if (!tensors.has('decode_head.classifier.weight')) return {};
  const scales = countOf(tensors, /^decode_head\.psp_modules\.(\d+)\./);
  const layers = countOf(tensors, /^encoder\.layer\.(\d+)\./);
  const auxiliary = tensors.get('auxiliary_head.classifier.weight');
  const pyramid = { pool_scales: scales === 4 ? [1, 2, 3, 6] : undefined, out_indices: OUT_INDICES[layers] };
  if (!auxiliary) return { ...pyramid, use_auxiliary_head: false };
  return {
    ...pyramid,
    use_auxiliary_head: true,
    auxiliary_channels: auxiliary[1],
    auxiliary_num_convs: countOf(tensors, /^auxiliary_head\.convs\.(\d+)\./),
    auxiliary_concat_input: tensors.has('auxiliary_head.conv_cat.conv.weight'),
  };
}

/** One more than the largest number in the names. @throws `CheckpointMismatch` when one below it is absent. */
function countOf(tensors: Shapes, pattern: RegExp): number {
  const indices = new Set<number>();
  for (const name of tensors.keys()) {
    const match = pattern.exec(name);
    if (match) indices.add(Number(match[1]));
  }
  const count = [...indices].reduce((a, b) => Math.max(a, b), -1) + 1;
  check(
    indices.size === count,
    'CheckpointMismatch',
    `Cannot infer a config: ${indices.size} of ${count} ${pattern.source}`,
  );
  return count;
}

function shapeOf(tensors: Shapes, name: string, rank: number): Shape {
  const shape = tensors.get(name);
  if (shape?.length === rank) return shape;
  const found = shape ? `a shape of [${shape}]` : 'none';
  throw new BeitError(
    'CheckpointMismatch',
    `Cannot infer a config: expected "${name}" with ${rank} axes, found ${found}`,
  );
}
