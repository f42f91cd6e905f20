import type { BeitConfig } from '../model/beit/config/config.ts';

/** Layers of a block that can have an adapter, as transformers 4 names them, and their names in transformers 5. */
export const TARGETS = {
  query: ['attention.attention.query', 'attention.q_proj'],
  key: ['attention.attention.key', 'attention.k_proj'],
  value: ['attention.attention.value', 'attention.v_proj'],
  'attention.output.dense': ['attention.output.dense', 'attention.o_proj'],
  'intermediate.dense': ['intermediate.dense', 'mlp.fc1'],
  'output.dense': ['output.dense', 'mlp.fc2'],
} as const;

/** One of the layers of a block. */
export type LoraTarget = keyof typeof TARGETS;

/** Which transformers an adapter is for: their names of layers differ, and neither opens the adapters of the other. */
export type AdapterNaming = 'transformers4' | 'transformers5';

/** The name of a tensor as PEFT saves it for the class of the config: of A or B by its canonical name, or of the head. */
export function peftName(name: string, config: BeitConfig, naming: AdapterNaming): string {
  const match = /^lora\.encoder\.layer\.(\d+)\.(.*)\.(lora_[AB]\.weight)$/.exec(name);
  if (!match) return `base_model.model.${name}`;
  const [, block, path, part] = match;
  const target = (Object.keys(TARGETS) as LoraTarget[]).find((each) => TARGETS[each][0] === path)!;
  const { blocks, layer } = modulesOf(config, naming);
  return `base_model.model.${config.family.prefix}${blocks}.${block}.${layer(target)}.${part}`;
}

/** A pattern, since `output.dense` alone would also be the end of `attention.output.dense`. */
export function targetModules(targets: readonly LoraTarget[], config: BeitConfig, naming: AdapterNaming): string {
  const { blocks, layer } = modulesOf(config, naming);
  const escaped = (path: string) => path.replaceAll('.', '\\.');
  return `.*${escaped(blocks)}\\.\\d+\\.(${targets.map((target) => escaped(layer(target))).join('|')})`;
}

/**
 * How the modules of a family are called. DINOv2 had an `mlp` in transformers 4 and keeps its `encoder` in 5; data2vec has the
 * same names in both.
 */
function modulesOf({ modelType }: BeitConfig, naming: AdapterNaming) {
  const dino = modelType.startsWith('dinov2');
  const renamed = naming === 'transformers5' && modelType !== 'data2vec-vision';
  const layer = (target: LoraTarget) => {
    const inMlp = target === 'intermediate.dense' || target === 'output.dense';
    return TARGETS[target][renamed || (dino && inMlp) ? 1 : 0];
  };
  return { blocks: renamed && !dino ? 'layers' : 'encoder.layer', layer };
}
