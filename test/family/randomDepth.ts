import { Dice, type RandomCase } from './randomCase.ts';

const KINDS = ['beit', 'vit', 'dinov2', 'anything', 'zoe', 'zoeNk'] as const;
const CLASSES: Readonly<Record<string, string>> = {
  anything: 'DepthAnythingForDepthEstimation',
  zoe: 'ZoeDepthForDepthEstimation',
  zoeNk: 'ZoeDepthForDepthEstimation',
};

/** Case `index` of the series `seed`: estimators and encoders take turns, everything else is drawn. */
export function randomDepth(seed: number, index: number): RandomCase {
  const dice = new Dice(seed * 1_000_003 + index);
  const kind = KINDS[index % KINDS.length];
  const headDim = dice.of([4, 5, 6, 8, 10]);
  const heads = dice.between(1, 3);
  const patch = dice.of([2, 4, 5, 7]);
  const layers = dice.between(4, 6);
  const shared = {
    hidden_size: headDim * heads,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    image_size: patch * dice.between(3, 5),
    patch_size: patch,
    hidden_act: dice.of(['gelu', 'relu']),
    layer_norm_eps: dice.of([1e-12, 1e-6]),
  };
  const stages = dice.subset(4, layers);
  const side = shared.image_size / patch;
  const other = dice.chance(0.5);
  // DPT's own encoder is told no grid: it has to be square
  const height = patch * (other ? dice.between(2, 6) : side);
  const width = kind === 'vit' ? height : patch * (other ? dice.between(2, 6) : side);
  return {
    class: CLASSES[kind] ?? 'DPTForDepthEstimation',
    family: kind,
    config: { ...encoder(dice, kind, shared, stages), ...neck(dice, kind) },
    seed: dice.between(1, 1e9),
    batch: dice.between(1, 3),
    height,
    width,
  };
}

function encoder(dice: Dice, kind: string, shared: Record<string, unknown>, stages: readonly number[]) {
  if (kind === 'vit') return { ...shared, intermediate_size: dice.between(3, 40), backbone_out_indices: stages };
  const common = { ...shared, out_indices: stages.map((i) => i + 1), reshape_hidden_states: false };
  if (kind === 'beit' || kind.startsWith('zoe')) {
    const own = {
      model_type: 'beit',
      intermediate_size: dice.between(3, 40),
      use_relative_position_bias: dice.chance(0.7),
    };
    const backbone_config = { ...common, ...own, drop_path_rate: 0 };
    return { backbone_config, model_type: kind === 'beit' ? 'dpt' : 'zoedepth' };
  }
  const own = { model_type: 'dinov2', mlp_ratio: dice.between(1, 3), apply_layernorm: dice.chance(0.6) };
  const backbone_config = { ...common, ...own };
  if (kind === 'dinov2') return { backbone_config, model_type: 'dpt' };
  return {
    backbone_config,
    model_type: 'depth_anything',
    patch_size: shared.patch_size,
    reassemble_hidden_size: shared.hidden_size,
    head_hidden_size: dice.between(1, 12),
    ...(dice.chance(0.4) ? { depth_estimation_type: 'metric', max_depth: dice.of([1, 20, 80]) } : {}),
  };
}

function neck(dice: Dice, kind: string) {
  const batchNorm = dice.chance(0.3);
  const fusion = dice.between(2, 14);
  return {
    neck_hidden_sizes: Array.from({ length: 4 }, () => dice.between(1, 14)),
    fusion_hidden_size: fusion,
    reassemble_factors: dice.of([
      [4, 2, 1, 0.5],
      [2, 1, 1, 0.5],
      [4, 1, 0.5, 0.25],
    ]),
    head_in_index: dice.of([-1, -1, 2, 0]),
    ...(kind.startsWith('zoe') ? metricHead(dice, kind === 'zoeNk', fusion) : {}),
    ...(kind === 'anything'
      ? {}
      : {
          // transformers' ZoeDepth fails on the two others
          readout_type: kind.startsWith('zoe') ? 'project' : dice.of(['project', 'add', 'ignore']),
          use_batch_norm_in_fusion_residual: batchNorm,
          ...(dice.chance(0.3) ? { use_bias_in_fusion_residual: dice.chance(0.5) } : {}),
        }),
  };
}

function metricHead(dice: Dice, several: boolean, fusion: number) {
  const configuration = (name: string) => ({
    name,
    n_bins: dice.between(2, 40),
    min_depth: 0.001,
    max_depth: dice.of([10, 80]),
  });
  const relative = dice.between(1, 10);
  return {
    bottleneck_features: fusion,
    num_relative_features: relative,
    num_attractors: [dice.between(1, 9), dice.between(1, 9), dice.between(1, 4), dice.between(1, 3)],
    // a quarter of the two together is the width of the last hidden layer
    bin_embedding_dim: Math.max(dice.between(2, 20), 4 - relative),
    attractor_kind: dice.of(['mean', 'mean', 'sum']),
    bin_centers_type: dice.of(['softplus', 'softplus', 'normed']),
    bin_configurations: several ? [configuration('nyu'), configuration('kitti')] : [configuration('nyu')],
    ...(several
      ? {
          num_patch_transformer_layers: 4,
          patch_transformer_hidden_size: 128,
          patch_transformer_intermediate_size: dice.between(3, 50),
          patch_transformer_num_attention_heads: dice.of([1, 2, 4, 8]),
        }
      : {}),
  };
}
