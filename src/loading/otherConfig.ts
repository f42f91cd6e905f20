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

/** Near relatives that are not made of BEiT's block, and why; by their `model_type`. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^layoutlm/, 'a model of text and layout with norms behind the branches'],
  [/^(?:clip|chinese_clip|siglip2?|align|blip)(?:_text_model)?$/, 'a model of text and pictures'],
  [/_text_model$/, 'a model of text'],
  [
    /^(?:clip|chinese_clip|siglip2?)_vision_model$/,
    'a vision encoder with tokens and pooling of its own; a plain one of timm opens',
  ],
  [/^dinov3_vit$|^eva02?$|_rope$/, 'an encoder with rotary positions'],
  [/swin|^focalnet$|^hiera$/, 'an encoder of stages with windows'],
  [/^dinov3_convnext$|^convnext|^resnet$/, 'a network of convolutions'],
];

/** What a config is of that no family here computes. */
function notTheBlock(type: unknown): BeitError {
  const why = typeof type === 'string' && OTHERS.find(([pattern]) => pattern.test(type))?.[1];
  const what = why ? `, ${why}` : '';
  const known = Object.keys(FAMILIES).join(', ');
  return new BeitError(
    'InvalidConfig',
    `Cannot load the model: config.json is of model_type ${quoted(type)}${what}; expected one made of BEiT's block: ${known}`,
  );
}

/** Few models come from timm or without a config. */
const told = () => import('./toldByWeights.ts');

/**
 * The config of timm, of a backbone within another model, or, without a config file, what names and shapes of the weights tell;
 * `known` has what they do not.
 *
 * @throws `InvalidConfig` naming the model that it is of, or what cannot be told.
 */
export async function otherConfig(
  json: unknown,
  checkpoint: Checkpoint,
  known: Fields,
  useEma: boolean,
): Promise<ModelConfig> {
  if (json === null) return { config: (await told()).configOfWeights(checkpoint, known, useEma), around: null };
  const fields = Object(json) as Fields;
  const inner = fields.backbone_config as Fields;
  if (typeof fields.architecture === 'string')
    return { config: (await told()).configOfTimm(fields, checkpoint, useEma), around: null };
  const { model_type: type } = fields;
  const around = typeof type === 'string' ? type : quoted(type);
  if (typeof inner !== 'object' || inner === null) throw notTheBlock(type);
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
