import { Dice, type RandomCase, randomBeit } from './randomCase.ts';

/** The classes of each family whose outputs are compared live; DiT is a BEiT with absolute positions. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  vit: ['ViTModel', 'ViTForImageClassification'],
  deit: ['DeiTModel', 'DeiTForImageClassification', 'DeiTForImageClassificationWithTeacher'],
  dinov2: ['Dinov2Model', 'Dinov2ForImageClassification', 'Dinov2Backbone'],
  dinov2_with_registers: [
    'Dinov2WithRegistersModel',
    'Dinov2WithRegistersForImageClassification',
    'Dinov2WithRegistersBackbone',
  ],
  vit_mae: ['ViTMAEModel'],
  vit_msn: ['ViTMSNModel', 'ViTMSNForImageClassification'],
  data2vec: ['Data2VecVisionModel', 'Data2VecVisionForImageClassification', 'Data2VecVisionForSemanticSegmentation'],
  dit: ['BeitModel', 'BeitForImageClassification', 'BeitForMaskedImageModeling'],
};

/** Case `index` of the series `seed`: families take turns, then their classes; everything else is drawn. */
export function randomRelative(seed: number, index: number): RandomCase {
  const dice = new Dice(seed * 1_000_003 + index);
  const families = Object.entries(FAMILIES);
  const [family, classes] = families[index % families.length];
  const className = classes[Math.floor(index / families.length) % classes.length];
  if (family === 'data2vec') {
    const drawn = randomBeit(dice, className.replace('Data2VecVision', 'Beit'));
    // transformers segments with it at its own size alone
    const side = drawn.config.image_size as number;
    const size = className.endsWith('Segmentation') ? { height: side, width: side } : {};
    // which has no pooler unless it is asked for
    const pooler = className === 'Data2VecVisionModel' ? { addPoolingLayer: drawn.addPoolingLayer ?? true } : {};
    return { ...drawn, ...size, ...pooler, class: className, family };
  }
  if (family === 'dit') return { ...randomBeit(dice, className, DIT), family };
  return { ...randomPlain(dice, className), family };
}

/** What the published DiT have in common. */
const DIT = {
  use_absolute_position_embeddings: true,
  use_relative_position_bias: false,
  use_shared_relative_position_bias: false,
};

function randomPlain(dice: Dice, className: string): RandomCase {
  const dino = className.startsWith('Dinov2');
  const config = dino ? dinoConfig(dice, className) : plainConfig(dice);
  const side = config.image_size / config.patch_size;
  const other = dice.chance(0.5);
  const size = () => config.patch_size * (other ? dice.between(1, 7) : side) + (other ? dice.between(0, 1) : 0);
  return {
    class: className,
    config: className === 'ViTMAEModel' ? maskedAutoencoder(config) : config,
    seed: dice.between(1, 1e9),
    batch: dice.between(1, 3),
    height: size(),
    width: size(),
    ...(other && !dino ? { interpolatePosEncoding: true } : {}),
    ...(dice.chance(0.3) ? { outputHiddenStates: true } : {}),
    ...(dice.chance(0.2) && !className.includes('Backbone') ? { outputAttentions: true } : {}),
    ...(/^Dinov2\w*Model$/.test(className) && dice.chance(0.4) ? { mask: true } : {}),
    ...(/^(ViT|DeiT)Model$/.test(className) && dice.chance(0.3) ? { addPoolingLayer: false } : {}),
  };
}

/** Nothing is masked: this library has the encoder alone. Python's makes its first positions of four parts. */
function maskedAutoencoder(config: ReturnType<typeof sharedConfig>) {
  const more = [1, 4, 2, 4][config.hidden_size % 4];
  const wide = { hidden_size: config.hidden_size * more, num_attention_heads: config.num_attention_heads * more };
  return { ...config, ...wide, mask_ratio: 0 };
}

function sharedConfig(dice: Dice) {
  const headDim = dice.of([4, 5, 6, 8, 10, 12, 16, 20]);
  const heads = dice.between(Math.ceil(8 / headDim), Math.ceil(8 / headDim) + 3);
  const patch = dice.of([2, 3, 4, 5, 7]);
  return {
    hidden_size: headDim * heads,
    num_attention_heads: heads,
    num_hidden_layers: dice.between(1, 4),
    image_size: patch * dice.between(1, 6),
    patch_size: patch,
    num_channels: dice.of([1, 3, 4]),
    num_labels: dice.between(1, 9),
    hidden_act: dice.of(['gelu', 'relu', 'gelu_new', 'silu']),
    layer_norm_eps: dice.of([1e-12, 1e-6, 1e-5]),
    qkv_bias: dice.chance(0.7),
  };
}

function plainConfig(dice: Dice) {
  return { ...sharedConfig(dice), intermediate_size: dice.between(3, 60) };
}

function dinoConfig(dice: Dice, className: string) {
  const shared = sharedConfig(dice);
  const stages = dice.subset(dice.between(1, shared.num_hidden_layers), shared.num_hidden_layers).map((i) => i + 1);
  return {
    ...shared,
    mlp_ratio: dice.between(1, 4),
    layerscale_value: dice.of([1, 0.1]),
    ...(className.includes('WithRegisters') ? { num_register_tokens: dice.between(1, 5) } : {}),
    ...(className.includes('Backbone')
      ? { out_indices: stages, apply_layernorm: dice.chance(0.5), reshape_hidden_states: dice.chance(0.7) }
      : {}),
  };
}
