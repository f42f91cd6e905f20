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

/** What is known of a model besides its weights. */
export interface Told {
  /** A number, or [height, width]. */
  readonly imageSize?: unknown;
  readonly pooling?: 'avg' | 'token' | undefined;
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
export function inferConfig(tensors: Shapes, naming: Naming = 'transformers', told: Told = {}): InferredConfig {
  const modelType = modelTypeOf(tensors, told);
  const found = modelType === 'beit' ? beitFields(tensors) : plainFields(tensors, modelType, told);
  const eps = epsilonOf(tensors, naming, modelType);
  const known = Object.entries(found).filter(([, value]) => value !== undefined);
  const missing = Object.keys(found).filter((key) => found[key] === undefined);
  const config = { model_type: modelType, hidden_act: 'gelu', layer_norm_eps: eps, ...Object.fromEntries(known) };
  return { config, missing: missing.sort() };
}

function epsilonOf(tensors: Shapes, naming: Naming, modelType: ModelType): number {
  if (tensors.has('embeddings.layernorm.weight') || tensors.has(`${FIRST}.attention.layernorm.weight`)) return 1e-5;
  return ['unilm', 'candle', 'openmmlab'].includes(naming) || modelType.startsWith('dinov2') ? 1e-6 : 1e-12;
}

function beitFields(tensors: Shapes): Fields {
  return { ...bodyOf(tensors), ...positionsOf(tensors), ...headOf(tensors), ...segmentationOf(tensors) };
}

/** The families of plain vision transformers show in a bias of the key, which BEiT has not, and in their own tokens. */
function modelTypeOf(tensors: Shapes, told: Told): ModelType {
  if (tensors.has('embeddings.distillation_token')) return 'deit';
  if (tensors.has(`${FIRST}.attention.attention.${TABLE}`) || tensors.has(`encoder.${TABLE}`)) return 'beit';
  const { class_token, positioned_tokens, final_norm, use_mean_pooling, ...inside } = timmFields(tensors, told);
  const plain = !inside.pre_norm && !inside.sub_norms && class_token;
  const keyBias = biasOf(tensors, 'key');
  if (plain && biasOf(tensors, 'query') && !keyBias) return 'beit';
  if (!plain || positioned_tokens !== 1 || final_norm !== (use_mean_pooling ? 'pooled' : 'tokens')) return 'timm_vit';
  const [registers, scaled] = [tensors.has('embeddings.register_tokens'), tensors.has(`${FIRST}.lambda_1`)];
  if (!registers && !scaled) return 'vit';
  if (use_mean_pooling || !keyBias || !scaled || classifierWidth(tensors) === inside.hidden_size) return 'timm_vit';
  return registers ? 'dinov2_with_registers' : 'dinov2';
}

function classifierWidth(tensors: Shapes): number | undefined {
  return tensors.get('classifier.weight')?.[1];
}

function biasOf(tensors: Shapes, part: 'query' | 'key'): boolean {
  const attention = `${FIRST}.attention.attention`;
  return tensors.has(`${attention}.${part}.bias`) || tensors.has(`${attention}.qkv.bias`);
}

/** What shows the places of norms and tokens; all of it is written for timm's own combinations alone. */
function timmFields(tensors: Shapes, told: Told) {
  const [dim, , patch] = shapeOf(tensors, 'embeddings.patch_embeddings.projection.weight', 4);
  const class_token = tensors.has('embeddings.cls_token');
  const registers = tensors.get('embeddings.register_tokens')?.[1] ?? 0;
  const rows = tensors.get('embeddings.position_embeddings')?.[1] ?? 0;
  const prefix = (class_token ? 1 : 0) + registers;
  const pooled = tensors.has('pooler.layernorm.weight');
  return {
    hidden_size: dim,
    class_token,
    num_register_tokens: registers,
    positioned_tokens: positionedOf(rows, [prefix - registers, prefix, 0], patch, told.imageSize),
    pre_norm: tensors.has('embeddings.layernorm.weight'),
    sub_norms: tensors.has(`${FIRST}.attention.layernorm.weight`),
    final_norm: tensors.has('layernorm.weight') ? 'tokens' : pooled ? 'pooled' : 'none',
    use_mean_pooling: told.pooling ? told.pooling === 'avg' : pooled || !class_token,
  };
}

/** How many rows of a position table belong to tokens before the patches: the first of `counts` that leaves a grid. */
function positionedOf(rows: number, counts: readonly number[], patch: number, size: unknown): number | undefined {
  const sides = (Array.isArray(size) ? size : [size, size]).map((side) => Math.floor(side / patch));
  const known = sides[0] * sides[1];
  return counts.find((count) => (known > 0 ? rows - count === known : wholeRoot(rows - count) !== undefined));
}

/** Heads of the published plain models, which no tensor shows. */
function headsOf(dim: number): number | undefined {
  if ([192, 256, 320, 384, 512, 640, 768, 832, 896, 1024, 1536].includes(dim)) return dim / 64;
  return [1152, 1280, 1408, 1664].includes(dim) ? 16 : undefined;
}

function plainFields(tensors: Shapes, modelType: ModelType, told: Told): Fields {
  const { use_mask_token, layer_scale_init_value, use_mean_pooling, intermediate_size, ...body } = bodyOf(tensors);
  const dim = body.hidden_size as number;
  const timm = timmFields(tensors, told);
  const positioned = modelType === 'deit' ? 2 : (timm.positioned_tokens ?? 0);
  const side = wholeRoot((tensors.get('embeddings.position_embeddings')?.[1] ?? 0) - positioned);
  const shared = {
    ...body,
    num_attention_heads: headsOf(dim),
    image_size: side === undefined ? told.imageSize : side * (body.patch_size as number),
    qkv_bias: biasOf(tensors, 'query'),
    ...plainHeadOf(tensors, modelType),
  };
  if (modelType === 'timm_vit') return { ...shared, ...timm, intermediate_size, layer_scale_init_value };
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
    num_attention_heads: (own ?? shared)?.[1] ?? (absolute && headsOf(absolute[2])),
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
