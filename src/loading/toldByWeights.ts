/** Configs that names and shapes of weights tell: of files without a config, and of timm, whose config names a recipe. */
import { BeitError, check } from '../errors.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { inferConfig, type Told } from '../model/beit/config/inferConfig.ts';
import { canonicalNames, namingOf } from '../model/beit/config/names.ts';
import { quoted } from '../quoted.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `known` has what the weights do not tell. @throws `InvalidConfig` naming what is missing in both */
export function configOfWeights(checkpoint: Checkpoint, known: Fields, useEma: boolean): BeitConfig {
  return BeitConfig.fromJSON(inferred(checkpoint, known, {}, useEma));
}

/**
 * timm's models that are computed here. The whole name has to fit: rotary positions, other norms and other activations show
 * in the name alone.
 */
const COMPUTED = new RegExp(
  '^(?:beit|beitv2|beit3|deit|deit3|eva|flexivit|vit)_' +
    '(?:xsmall|tiny|wee|little|small|mediumd?|betwixt|base|large|huge|gigantic|giant(?:opt)?|so\\d+m2?|intern300m)' +
    '(?:_distilled)?(?:_patch\\d+)?' +
    '(?:_(?:plus|miil|36x1|reg\\d+|siglip_gap|gap|clip|quickgelu|dinov2|tipsv2|radio_v\\d+|\\d+))*$',
);
/** Of the others, the part of the name that tells why. */
const OTHER_BLOCKS: readonly (readonly [RegExp, string])[] = [
  [/^eva02_enormous|_rpn_/, 'norms behind the branches'],
  [/rope|^eva02_|dinov3|_pe_|lingbot|sapiens/, 'rotary positions'],
  [/giant\w*_(?:dinov2|tipsv2)/, 'a gated MLP'],
  [/_s?relpos_/, 'relative positions of another kind'],
  [/siglip_(?!gap)|_map_/, 'a pooling layer with attention'],
  [/_r(?:26|50|esnet)|_r_s16|_mci_/, 'convolutions before its patches'],
  [/_xp_|_18x2_|_d?pwee_/, 'parallel branches'],
  [/_d(?:little|wee)_/, 'differential attention'],
  [/^vitamin|^samvit|^naflexvit|^swin/, 'stages or windows'],
];
/** Arguments of timm that show in the weights, that only training reads, or that are read below. */
const HARMLESS =
  /^(?:depth|embed_dim|mlp_ratio|patch_size|in_chans|num_classes|qkv_bias|init_values|class_token|no_embed_class|reg_tokens|pre_norm|final_norm|fc_norm|scale_attn_norm|scale_mlp_norm|dynamic_img_size|weight_init|fix_init|use_\w+_pos_\w+|\w+_rate|img_size|num_heads|global_pool|pretrained\w*|checkpoint_path|cache_dir)$/;

/** What the weights tell, and from the file what they do not: labels, pooling, and heads and sizes where no table shows them. */
export function configOfTimm(fields: Fields, checkpoint: Checkpoint, useEma: boolean): BeitConfig {
  const name = fields.architecture as string;
  const args = Object(fields.model_args) as Fields;
  checkComputed(name, args);
  const size = args.img_size ?? (Object(fields.pretrained_cfg) as { input_size?: number[] }).input_size?.slice(1);
  const known = { num_attention_heads: args.num_heads, image_size: size };
  const told = { imageSize: args.img_size, pooling: poolingOf(name, fields, args) };
  const config = inferred(checkpoint, known, told, useEma);
  return BeitConfig.fromJSON({ ...config, ...hiddenIn(name, args), ...labelsOf(fields) });
}

function checkComputed(name: string, args: Fields): void {
  const other = OTHER_BLOCKS.find(([pattern]) => pattern.test(name));
  check(!other && COMPUTED.test(name), 'InvalidConfig', () => {
    const what = other ? `, a model with ${other[1]}` : '';
    return `Cannot load the model: config.json is timm's, of ${quoted(name)}${what}; expected a BEiT or a plain ViT`;
  });
  const unknown = Object.entries(args).find(([key, value]) => value !== null && !HARMLESS.test(key))?.[0];
  check(unknown === undefined, 'InvalidConfig', () => {
    return `Cannot load the model: config.json is timm's with the argument ${quoted(unknown)}, which changes what is computed`;
  });
}

/** timm writes the pooling of the saved model beside its name. */
function poolingOf(name: string, fields: Fields, args: Fields): 'avg' | 'token' | undefined {
  const pooling = fields.global_pool ?? args.global_pool;
  const known = [undefined, null, 'avg', 'token'].includes(pooling as string);
  check(known, 'InvalidConfig', () => {
    return `Cannot load the model: config.json is timm's, of ${quoted(name)} with global_pool ${quoted(pooling)}; expected "avg" or "token"`;
  });
  return (pooling ?? undefined) as 'avg' | 'token' | undefined;
}

const TANH = /_(?:base_patch32|giantopt_patch16|so400m_patch16)_siglip|_large_patch16_siglip_gap_512$/;

/** What the name alone tells: activations, and the two widths that have other heads than all models of their width. */
function hiddenIn(name: string, args: Fields): Fields {
  const activation = /quickgelu/.test(name) ? 'quick_gelu' : TANH.test(name) ? 'gelu_pytorch_tanh' : null;
  const heads = args.num_heads ?? (/^vit_base_patch16_gap_224$|_giantopt_/.test(name) ? 16 : null);
  return {
    ...(activation && { hidden_act: activation }),
    ...(heads !== null && { num_attention_heads: heads }),
  };
}

/** timm lists the names of the classes, its wrapper in transformers numbers them. */
function labelsOf({ label_names: names, id2label, num_classes: classes }: Fields): Fields {
  if (classes === 0) return { num_labels: 0 };
  if (Array.isArray(names)) return { id2label: Object.fromEntries(names.map((name, i) => [i, name])) };
  return id2label ? { id2label } : {};
}

/** What names and shapes tell; `known` has what they do not. @throws `InvalidConfig` naming what is missing in both */
function inferred(checkpoint: Checkpoint, known: Fields, told: Told, useEma: boolean): Fields {
  const names = canonicalNames(checkpoint.tensors.keys(), useEma);
  const shapes = [...names].flatMap(([name, canonical]) =>
    canonical === null ? [] : [[canonical, checkpoint.tensors.get(name)!.shape] as const],
  );
  const { config, missing } = inferConfig(new Map(shapes), namingOf(checkpoint.tensors.keys(), useEma), told);
  const unknown = missing.filter((field) => known[field] === undefined);
  if (unknown.length === 0) return { ...config, ...Object.fromEntries(missing.map((field) => [field, known[field]])) };
  throw new BeitError(
    'InvalidConfig',
    `Cannot tell the config from the weights: give \`config\` with ${unknown.join(', ')}`,
  );
}
