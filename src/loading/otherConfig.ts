import { BeitError, check } from '../errors.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { FAMILIES } from '../model/beit/config/family.ts';
import { DEPTH } from '../model/beit/heads/depthKey.ts';
import { quoted } from '../quoted.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A model's config, and the model that has it as its backbone, if any. */
export interface ModelConfig {
  readonly config: BeitConfig;
  /** `model_type` of the model around it, such as `dpt`; null where there is none. */
  readonly around: string | null;
}

/**
 * timm's models that are computed here; sizes and patches are in the weights. The whole name has to fit: rotary positions,
 * other norms and other activations show in the name alone.
 */
const TIMM =
  /^(?:beit(?:v2)?_(?:base|large)_patch\d+_\d+|(?:vit|deit)_(?:tiny|small|base|large)_patch\d+_(?:\d+|dinov2))$/;

/**
 * The config of timm, of a backbone within another model, or, without a config file, what names and shapes of the weights tell;
 * `known` has what they do not.
 *
 * @throws `InvalidConfig` naming the model that it is of, or what cannot be told.
 */
export async function otherConfig(json: unknown, checkpoint: Checkpoint, known: Fields): Promise<ModelConfig> {
  if (json === null) return { config: BeitConfig.fromJSON(await inferred(checkpoint, known)), around: null };
  const fields = Object(json) as Fields;
  const inner = fields.backbone_config as Fields;
  if (typeof fields.architecture === 'string') return { config: await timmConfig(fields, checkpoint), around: null };
  const around = String(fields.model_type);
  const backbones = Object.entries(FAMILIES).flatMap(([type, { classes }]) =>
    'BeitBackbone' in classes ? [type] : [],
  );
  check(backbones.includes(inner.model_type as string), 'InvalidConfig', () => {
    return `Cannot load the model: config.json is of model_type ${quoted(around)} with a backbone of ${quoted(inner.model_type)}, expected one of ${backbones.map(quoted).join(', ')}`;
  });
  const { backbone_config: _, ...outer } = fields;
  const more = DEPTH.around.includes(around)
    ? { architectures: [DEPTH.name], around: outer }
    : { architectures: ['BeitBackbone'] };
  return { config: BeitConfig.fromJSON({ ...inner, ...more }), around };
}

/** What the weights tell, and from the file the labels, and what the weights of a model without position tables lack. */
async function timmConfig(fields: Fields, checkpoint: Checkpoint): Promise<BeitConfig> {
  const { architecture } = fields;
  check(TIMM.test(architecture as string), 'InvalidConfig', () => {
    return `Cannot load the model: config.json is timm's, of ${quoted(architecture)}; expected a BEiT or a plain ViT`;
  });
  const args = Object(fields.model_args) as Fields;
  const size = args.img_size ?? (Object(fields.pretrained_cfg) as { input_size?: number[] }).input_size?.slice(1);
  const config = await inferred(checkpoint, { num_attention_heads: args.num_heads, image_size: size });
  return BeitConfig.fromJSON({ ...config, ...labelsOf(fields) });
}

/** timm lists the names of the classes, its wrapper in transformers numbers them. */
function labelsOf({ label_names: names, id2label }: Fields): Fields {
  if (Array.isArray(names)) return { id2label: Object.fromEntries(names.map((name, i) => [i, name])) };
  return id2label ? { id2label } : {};
}

/** What names and shapes tell; `known` has what they do not. @throws `InvalidConfig` naming what is missing in both */
async function inferred(checkpoint: Checkpoint, known: Fields): Promise<Fields> {
  // few models come without a config
  const { inferConfig } = await import('../model/beit/config/inferConfig.ts');
  const { canonicalNames, namingOf } = await import('../model/beit/config/names.ts');
  const names = canonicalNames(checkpoint.tensors.keys());
  const shapes = [...names].flatMap(([name, canonical]) =>
    canonical === null ? [] : [[canonical, checkpoint.tensors.get(name)!.shape] as const],
  );
  const { config, missing } = inferConfig(new Map(shapes), namingOf(checkpoint.tensors.keys()));
  const unknown = missing.filter((field) => known[field] === undefined);
  if (unknown.length === 0) return { ...config, ...Object.fromEntries(missing.map((field) => [field, known[field]])) };
  throw new BeitError(
    'InvalidConfig',
    `Cannot tell the config from the weights: give \`config\` with ${unknown.join(', ')}`,
  );
}
