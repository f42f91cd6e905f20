import { ACTIVATIONS } from '../../src/activations.ts';
import { ACTIVATION_ALIASES } from '../../src/model/beit/config/configFields.ts';
import { Random } from '../../src/model/beit/random.ts';

/** A request of the parity server: a model, an input and what to ask of them. */
export interface RandomCase {
  readonly class: string;
  /** Of which it counts as a case; default: that of the class. */
  readonly family?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly mask?: boolean;
  readonly headMask?: 'heads' | 'layers';
  readonly outputHiddenStates?: boolean;
  readonly outputAttentions?: boolean;
  readonly interpolatePosEncoding?: boolean;
  readonly addPoolingLayer?: boolean;
  readonly labels?: 'tokens' | 'index' | 'bits' | 'targets' | 'map';
  readonly labelSize?: readonly [number, number];
  readonly problemType?: string;
}

const CLASSES = [
  'BeitModel',
  'BeitForMaskedImageModeling',
  'BeitForImageClassification',
  'BeitForSemanticSegmentation',
  'BeitBackbone',
];
const ACTS: readonly string[] = [...ACTIVATIONS, ...Object.keys(ACTIVATION_ALIASES)];

/** Draws of all kinds from a seed. */
export class Dice extends Random {
  /** From low to high, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }
  chance(p: number): boolean {
    return this.uniform() < p;
  }
  of<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)];
  }
  /** `count` of 0 … size − 1, rising. */
  subset(count: number, size: number): number[] {
    const pool = Array.from({ length: size }, (_, i) => i);
    while (pool.length > count) pool.splice(this.between(0, pool.length - 1), 1);
    return pool;
  }
}

/** Case `index` of the series `seed`: classes take turns, everything else is drawn. */
export function randomCase(seed: number, index: number): RandomCase {
  const dice = new Dice(seed * 1_000_003 + index);
  return randomBeit(dice, CLASSES[index % CLASSES.length]);
}

/** A model of this class, one of BEiT's; `fixed` are fields of its config that are not drawn. */
export function randomBeit(dice: Dice, className: string, fixed: Readonly<Record<string, unknown>> = {}): RandomCase {
  const mapped = className === CLASSES[3] || className === CLASSES[4];
  const body = bodyConfig(dice, mapped, fixed.use_absolute_position_embeddings === true);
  const config = { ...body, ...headConfig(dice, className, body.num_hidden_layers), ...fixed };
  const { height, width } = sizeOf(dice, config, mapped ? 2 : 1);
  const tokens = className === CLASSES[1] && config.use_mask_token && dice.chance(0.5);
  return {
    class: className,
    config,
    seed: dice.between(1, 1e9),
    batch: dice.between(1, 3),
    height,
    width,
    ...switchesOf(dice, className, config.use_mask_token && !tokens),
    ...(tokens ? { labels: 'tokens' } : labelsOf(dice, className, config)),
  };
}

function bodyConfig(dice: Dice, mapped: boolean, positioned: boolean) {
  const headDim = dice.of([1, 2, 4, 5, 6, 8, 10, 12, 16, 20]);
  // a layer norm over fewer than 8 numbers loses most digits of f32 whoever computes it
  const heads = dice.between(Math.ceil(8 / headDim), Math.ceil(8 / headDim) + 3);
  const patch = dice.of([2, 3, 4, 5, 8]);
  const [rows, cols] = [dice.between(mapped ? 2 : 1, 6), dice.between(1, 6)];
  const square = mapped || positioned || dice.chance(0.8);
  return {
    hidden_size: heads * headDim,
    num_hidden_layers: dice.between(mapped ? 4 : 1, 5),
    num_attention_heads: heads,
    intermediate_size: dice.between(1, 70),
    hidden_act: dice.of(ACTS),
    // a remainder behind the last whole patch is dropped
    image_size: square ? rows * patch + dice.between(0, patch - 1) : [rows * patch, cols * patch],
    patch_size: patch,
    num_channels: dice.between(1, 4),
    vocab_size: dice.between(2, 40),
    layer_norm_eps: dice.of([1e-12, 1e-6, 1e-5]),
    layer_scale_init_value: dice.of([0, 0.1, 0.1, 1]),
    drop_path_rate: 0,
    use_mask_token: dice.chance(0.6),
    // transformers cannot resize positions of a native grid that is not square
    use_absolute_position_embeddings: square && dice.chance(0.5),
    use_relative_position_bias: dice.chance(0.6),
    use_shared_relative_position_bias: dice.chance(0.3),
    use_mean_pooling: dice.chance(0.5),
  };
}

function headConfig(dice: Dice, className: string, layers: number): Record<string, unknown> {
  const labels = { num_labels: dice.of([1, 2, 3, 5, 9]) };
  if (className === CLASSES[2]) return dice.chance(0.05) ? { num_labels: 0 } : labels;
  if (className === CLASSES[3]) return { ...segmentationConfig(dice, layers), num_labels: dice.between(2, 9) };
  if (className !== CLASSES[4]) return labels;
  const fpn = dice.chance(0.4);
  const stages = dice.subset(fpn ? 4 : dice.between(1, layers + 1), layers + 1);
  const named = dice.chance(0.5)
    ? { out_indices: stages }
    : { out_features: stages.map((k) => (k ? `stage${k}` : 'stem')) };
  return { ...named, add_fpn: fpn, reshape_hidden_states: fpn || dice.chance(0.7) };
}

function segmentationConfig(dice: Dice, layers: number): Record<string, unknown> {
  return {
    out_indices: dice.subset(4, layers).map((i) => i + 1),
    pool_scales: dice.of([[1, 2, 3, 6], [1], [2, 3], [1, 2, 3], [6, 1]]),
    use_auxiliary_head: dice.chance(0.8),
    auxiliary_channels: dice.between(1, 12),
    auxiliary_num_convs: dice.between(1, 3),
    auxiliary_concat_input: dice.chance(0.5),
    auxiliary_loss_weight: dice.of([0.4, 1, 0.05]),
    semantic_loss_ignore_index: dice.of([255, 0, -100]),
  };
}

function sizeOf(dice: Dice, config: Record<string, unknown>, least: number): { height: number; width: number } {
  const size = config.image_size as number | [number, number];
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  if (dice.chance(0.4)) return { height, width };
  const patch = config.patch_size as number;
  const side = () => dice.between(least * patch, 8 * patch);
  return { height: side(), width: side() };
}

function switchesOf(dice: Dice, className: string, maskable: boolean): Partial<RandomCase> {
  const masked = className === CLASSES[0] || className === CLASSES[1];
  const backbone = className === CLASSES[4];
  return {
    ...(masked && maskable && dice.chance(0.6) ? { mask: true } : {}),
    ...(!backbone && dice.chance(0.3) ? { headMask: dice.of(['heads', 'layers'] as const) } : {}),
    ...(dice.chance(0.5) ? { outputHiddenStates: true } : {}),
    ...(dice.chance(0.4) ? { outputAttentions: true } : {}),
    ...(!backbone && dice.chance(0.3) ? { interpolatePosEncoding: true } : {}),
    ...(className === CLASSES[0] && dice.chance(0.2) ? { addPoolingLayer: false } : {}),
  };
}

function labelsOf(dice: Dice, className: string, config: Record<string, unknown>): Partial<RandomCase> {
  if (className === CLASSES[3] && dice.chance(0.6)) {
    return { labels: 'map', labelSize: [dice.between(4, 40), dice.between(1, 40)] };
  }
  if (className !== CLASSES[2] || config.num_labels === 0 || dice.chance(0.3)) return {};
  if (config.num_labels === 1) return { labels: 'targets' };
  const [labels, problemType] = dice.of([
    ['index', 'single_label_classification'],
    ['bits', 'multi_label_classification'],
    ['targets', 'regression'],
  ] as const);
  return labels === 'targets' || dice.chance(0.5) ? { labels, problemType } : { labels };
}
