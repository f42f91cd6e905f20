import { BeitConfig } from '../model/beit/config/config.ts';
import { isModelType } from '../model/beit/config/family.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import type { ModelConfig } from './otherConfig.ts';

/**
 * The config of a model: of transformers, of timm, of a backbone within another model, or, without a config file, what
 * names and shapes of the weights tell; `known` has what they do not.
 *
 * @throws `InvalidConfig` naming the model that it is of, or what cannot be told.
 */
export async function modelConfig(
  json: unknown,
  checkpoint: Checkpoint,
  known: Readonly<Record<string, unknown>> = {},
  useEma = false,
): Promise<ModelConfig> {
  const { architecture, backbone_config, model_type } = Object(json) as Record<string, unknown>;
  const isPlain = typeof architecture !== 'string' && (typeof backbone_config !== 'object' || backbone_config === null);
  if (json !== null && isPlain && isModelType(model_type ?? 'beit')) {
    return { config: BeitConfig.fromJSON(json), around: model_type === 'dpt' ? 'dpt' : null };
  }
  const { otherConfig } = await import('./otherConfig.ts'); // most configs are those of transformers
  return otherConfig(json, checkpoint, known, useEma);
}
