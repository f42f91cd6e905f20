type Rule = readonly [pattern: RegExp, replacement: string];

const LAYER = 'encoder.layer.$1';
const TABLE = 'relative_position_bias.relative_position_bias_table';

/** Names of transformers 5 in memory → on disk. */
const TRANSFORMERS_5: readonly Rule[] = [
  [/^layers\.(\d+)\.relative_position_bias\./, `${LAYER}.attention.attention.relative_position_bias.`],
  [/^(?:layers|encoder\.layer)\.(\d+)\.attention\.q_proj\./, `${LAYER}.attention.attention.query.`],
  [/^(?:layers|encoder\.layer)\.(\d+)\.attention\.k_proj\./, `${LAYER}.attention.attention.key.`],
  [/^(?:layers|encoder\.layer)\.(\d+)\.attention\.v_proj\./, `${LAYER}.attention.attention.value.`],
  [/^(?:layers|encoder\.layer)\.(\d+)\.attention\.o_proj\./, `${LAYER}.attention.output.dense.`],
  [/^layers\.(\d+)\.mlp\.fc1\./, `${LAYER}.intermediate.dense.`],
  [/^layers\.(\d+)\.mlp\.fc2\./, `${LAYER}.output.dense.`],
  [/^layers\.(\d+)\./, `${LAYER}.`],
  [/^shared_position_bias\./, 'encoder.relative_position_bias.'],
  [/^fpn\.fpn1\.conv_transpose1\./, 'fpn1.0.'],
  [/^fpn\.fpn1\.normalization\./, 'fpn1.1.'],
  [/^fpn\.fpn1\.conv_transpose2\./, 'fpn1.3.'],
  [/^fpn\.fpn2\./, 'fpn2.0.'],
  [/^(decode_head)\.psp_modules\.blocks\.(\d+)\.conv\./, '$1.psp_modules.$2.1.'],
  [/^(decode_head)\.psp_bottleneck\./, '$1.bottleneck.'],
  [/^((?:decode|auxiliary)_head\..*)\bconvolution\./, '$1conv.'],
  [/^((?:decode|auxiliary)_head\..*)\bnormalization\./, '$1bn.'],
];

/** Names of DINOv2 in transformers. */
const DINOV2: readonly Rule[] = [
  [/^encoder\.layer\.(\d+)\.norm1\./, `${LAYER}.layernorm_before.`],
  [/^encoder\.layer\.(\d+)\.norm2\./, `${LAYER}.layernorm_after.`],
  [/^encoder\.layer\.(\d+)\.layer_scale([12])\.lambda1$/, `${LAYER}.lambda_$2`],
  [/^encoder\.layer\.(\d+)\.mlp\.fc1\./, `${LAYER}.intermediate.dense.`],
  [/^encoder\.layer\.(\d+)\.mlp\.fc2\./, `${LAYER}.output.dense.`],
];

/** Names of unilm, timm, mmsegmentation and candle → transformers. */
const UNILM: readonly Rule[] = [
  [/^(cls_token|mask_token|register_tokens)$/, 'embeddings.$1'],
  [/^reg_token$/, 'embeddings.register_tokens'],
  [/^dist_token$/, 'embeddings.distillation_token'],
  [/^norm_pre\./, 'embeddings.layernorm.'],
  [/^pos_embed$/, 'embeddings.position_embeddings'],
  [/^patch_embed\.proj\./, 'embeddings.patch_embeddings.projection.'],
  [/^rel_pos_bias\.relative_position_bias_table$/, `encoder.${TABLE}`],
  [/^blocks\.(\d+)\.norm1\./, `${LAYER}.layernorm_before.`],
  [/^blocks\.(\d+)\.norm2\./, `${LAYER}.layernorm_after.`],
  [/^blocks\.(\d+)\.attn\.qkv\./, `${LAYER}.attention.attention.qkv.`],
  [/^blocks\.(\d+)\.attn\.q_bias$/, `${LAYER}.attention.attention.query.bias`],
  [/^blocks\.(\d+)\.attn\.v_bias$/, `${LAYER}.attention.attention.value.bias`],
  [/^blocks\.(\d+)\.attn\.proj\./, `${LAYER}.attention.output.dense.`],
  [/^blocks\.(\d+)\.attn\.norm\./, `${LAYER}.attention.layernorm.`],
  [/^blocks\.(\d+)\.mlp\.norm\./, `${LAYER}.intermediate.layernorm.`],
  [/^blocks\.(\d+)\.attn\.relative_position_bias_table$/, `${LAYER}.attention.attention.${TABLE}`],
  [/^blocks\.(\d+)\.gamma_([12])$/, `${LAYER}.lambda_$2`],
  [/^blocks\.(\d+)\.ls([12])\.gamma$/, `${LAYER}.lambda_$2`],
  [/^blocks\.(\d+)\.mlp\.fc1\./, `${LAYER}.intermediate.dense.`],
  [/^blocks\.(\d+)\.mlp\.fc2\./, `${LAYER}.output.dense.`],
  [/^fc_norm\./, 'pooler.layernorm.'],
  [/^head_dist\.(weight|bias)$/, 'distillation_classifier.$1'],
  [/^((?:decode|auxiliary)_head)\.conv_seg\./, '$1.classifier.'],
];

/** Names of mmpretrain and mmsegmentation → transformers. */
const OPENMMLAB: readonly Rule[] = [
  [/^patch_embed\.projection\./, 'embeddings.patch_embeddings.projection.'],
  [/^layers\.(\d+)\.ln1\./, `${LAYER}.layernorm_before.`],
  [/^layers\.(\d+)\.ln2\./, `${LAYER}.layernorm_after.`],
  [/^layers\.(\d+)\.attn\.qkv\./, `${LAYER}.attention.attention.qkv.`],
  [/^layers\.(\d+)\.attn\.q_bias$/, `${LAYER}.attention.attention.query.bias`],
  [/^layers\.(\d+)\.attn\.v_bias$/, `${LAYER}.attention.attention.value.bias`],
  [/^layers\.(\d+)\.attn\.proj\./, `${LAYER}.attention.output.dense.`],
  [/^layers\.(\d+)\.attn\.relative_position_bias_table$/, `${LAYER}.attention.attention.${TABLE}`],
  [/^layers\.(\d+)\.gamma_([12])$/, `${LAYER}.lambda_$2`],
  [/^layers\.(\d+)\.ffn\.layers\.0\.0\./, `${LAYER}.intermediate.dense.`],
  [/^layers\.(\d+)\.ffn\.layers\.1\./, `${LAYER}.output.dense.`],
  [/^layers\.(\d+)\.(?:attn|ffn)\.gamma([12])\.weight$/, `${LAYER}.lambda_$2`],
  [/^ln2\./, 'pooler.layernorm.'],
  [/^head\.(?:fc|layers\.head)\.(weight|bias)$/, 'classifier.$1'],
  [/^head\.cls_head\.(weight|bias)$/, 'lm_head.$1'],
  [/^neck\.upsample_4x\./, 'fpn1.'],
  [/^neck\.upsample_2x\./, 'fpn2.'],
];

/** transformers before 4.0 wrote the names of TensorFlow for norms. */
const OLD_NORMS: readonly Rule[] = [
  [/(layernorm\w*)\.gamma$/, '$1.weight'],
  [/(layernorm\w*)\.beta$/, '$1.bias'],
];

/** Names of all dialects → canonical names; each rule is applied to what the rules before it left. */
export const RULES: readonly Rule[] = [...OPENMMLAB, ...TRANSFORMERS_5, ...DINOV2, ...UNILM, ...OLD_NORMS];
