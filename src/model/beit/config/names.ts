import { check } from '../../../errors.ts';
import { quoted } from '../../../quoted.ts';

/** Whose names a checkpoint uses: transformers up to 4, 5 in memory, unilm (and timm), candle's variant of timm, mmpretrain. */
export type Naming = 'transformers' | 'transformers5' | 'unilm' | 'candle' | 'openmmlab';

type Rule = readonly [pattern: RegExp, replacement: string];

/** What trainers, compilers and wrappers put before every name. */
const WRAPPERS = /^(?:(?:module|model|_orig_mod)\.)+/;
const BODIES = 'dpt|beit|data2vec_vision|vit|deit|dinov2|dinov2_with_registers';
const BODY = new RegExp(`^(?:${BODIES})\\.`);
const OUTER_BODY = new RegExp(`^(?:(?:${BODIES}|backbone|timm_model)\\.)+`);
/** Every BEiT has this one tensor; what precedes it is the prefix of the model and of its body. */
const ANCHOR = /^(.*?)(?:embeddings\.patch_embeddings\.projection|patch_embed\.proj(?:ection)?)\.weight$/;
const BODY_PREFIX = new RegExp(`(?:(?:${BODIES}|backbone|timm_model)\\.)+$`);
/** How trainers call a second copy of the weights that is a running mean of the first. */
const AVERAGED = /(?:^|[._])(?:ema|swa|averaged?|teacher)(?:[._]|$)/i;
/** Carries no weights of the model: index buffers, counters, the second head of BEiT v2, training state. */
const IGNORED =
  /(?:^|\.)(?:relative_position_index|position_ids|num_batches_tracked|k_bias)$|^(?:cls_pt_layers|optimizer|lr_scheduler|scaler)\./;
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

/** Names of mmpretrain → transformers. */
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
  [/^ln1\./, 'layernorm.'],
  [/^ln2\./, 'pooler.layernorm.'],
  [/^head\.fc\.(weight|bias)$/, 'classifier.$1'],
];

/** transformers before 4.0 wrote the names of TensorFlow for norms. */
const OLD_NORMS: readonly Rule[] = [
  [/(layernorm\w*)\.gamma$/, '$1.weight'],
  [/(layernorm\w*)\.beta$/, '$1.bias'],
];

const RULES: readonly Rule[] = [...OPENMMLAB, ...TRANSFORMERS_5, ...DINOV2, ...UNILM, ...OLD_NORMS];

/**
 * The canonical name of every tensor of a checkpoint, or null for what carries no weights. Canonical are the names of
 * the hub's files without the `beit.` of classes with a head; the norm of the masked-modeling head is
 * `head.layernorm.*`, and a fused query, key and value stay one `attention.attention.qkv.*`. A name that no naming knows
 * comes back as it is, for the loader to report.
 *
 * @throws `InvalidCheckpoint` when two tensors have the same meaning.
 * @example
 * canonicalNames(['blocks.0.gamma_1']).get('blocks.0.gamma_1'); // 'encoder.layer.0.lambda_1'
 */
export function canonicalNames(names: Iterable<string>, useEma = false): Map<string, string | null> {
  const all = [...names];
  const prefix = commonPrefix(all, useEma);
  const bare = all.map((name) => withoutPrefix(name, prefix));
  const meanings = meaningsOf(bare);
  const canonical = new Map(all.map((name, i) => [name, canonicalName(bare[i], meanings)]));
  const sources = new Map<string, string>();
  for (const [name, target] of canonical) {
    if (target === null) continue;
    const other = sources.get(target);
    check(
      other === undefined,
      'InvalidCheckpoint',
      `Cannot tell tensors apart: ${quoted(other)} and ${quoted(name)} are ${quoted(target)}`,
    );
    sources.set(target, name);
  }
  return canonical;
}

/**
 * What precedes the names of the model: `net.` of `net.beit.embeddings.…` and `net.classifier.weight`. Of several models
 * in one file it is the one that is not a running mean of another, with `useEma` the one that is.
 *
 * @throws `InvalidCheckpoint` when that leaves several.
 * @example
 * commonPrefix(['net.beit.embeddings.patch_embeddings.projection.weight', 'net.classifier.weight']); // 'net.'
 */
export function commonPrefix(names: readonly string[], useEma = false): string {
  const anchors = names.map((name) => ANCHOR.exec(name)?.[1]).filter((prefix) => prefix !== undefined);
  const prefixes = [...new Set(anchors.map((prefix) => prefix.replace(BODY_PREFIX, '')))];
  if (prefixes.length <= 1) return prefixes[0] ?? '';
  const wanted = prefixes.filter((prefix) => AVERAGED.test(prefix) === useEma);
  check(wanted.length === 1, 'InvalidCheckpoint', () => {
    const list = prefixes.map((prefix) => quoted(prefix)).join(', ');
    return `Cannot tell which model is meant: names of several begin with ${list}`;
  });
  return wanted[0];
}

/** Whether a prefix is that of a running mean of the weights. */
export function isAveraged(prefix: string): boolean {
  return AVERAGED.test(prefix);
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/**
 * Whose names these are; layer norms of `unilm` and `candle` have epsilon 1e-6, those of transformers' configs 1e-12.
 *
 * @example
 * namingOf(['blocks.0.norm1.weight']); // 'unilm'
 */
export function namingOf(names: Iterable<string>): Naming {
  const given = [...names];
  const prefix = commonPrefix(given);
  const all = given.map((name) => withoutPrefix(name, prefix).replace(WRAPPERS, '').replace(OUTER_BODY, ''));
  const has = (pattern: RegExp) => all.some((name) => pattern.test(name));
  if (has(/^layers\.\d+\.ln1\./)) return 'openmmlab';
  if (has(/^blocks\.\d+\.ls1\.gamma$/) && has(/^(?:blocks\.\d+\.attn|rel_pos_bias)\.relative/)) return 'candle';
  if (has(/^(?:blocks\.|patch_embed\.)/)) return 'unilm';
  return has(/^layers\.\d+\./) ? 'transformers5' : 'transformers';
}

/** What the same name means in one file and not in another. */
interface Meanings {
  /** What `norm.*` of unilm and `layernorm.*` mean beside a prefixed body. */
  readonly unilm: string;
  readonly beside: string;
  /** What `head.*` of timm means beside a head for the distillation token. */
  readonly head: string;
}

/**
 * Before a masked-modeling head unilm's one norm is the head's; candle calls the norm of the pooled tokens so; else it
 * is the last norm of the body. In transformers the head's norm is beside the body, the body's under its prefix.
 */
function meaningsOf(names: readonly string[]): Meanings {
  const bare = names.map((name) => name.replace(WRAPPERS, ''));
  const masked = bare.some((name) => name.startsWith('lm_head.'));
  const pooled = namingOf(names) === 'candle' && !bare.some((name) => name.startsWith('fc_norm.'));
  const prefixed = bare.some((name) => BODY.test(name));
  return {
    unilm: masked ? 'head.layernorm.' : pooled ? 'pooler.layernorm.' : 'layernorm.',
    beside: prefixed ? 'head.layernorm.' : 'layernorm.',
    head: bare.some((name) => name.startsWith('head_dist.')) ? 'cls_classifier.' : 'classifier.',
  };
}

function canonicalName(name: string, meanings: Meanings): string | null {
  const outer = name.replace(WRAPPERS, '');
  const bare = outer.replace(OUTER_BODY, '');
  if (IGNORED.test(bare)) return null;
  if (/^head\.(?:weight|bias)$/.test(bare)) return bare.replace('head.', meanings.head);
  if (bare.startsWith('norm.')) return bare.replace('norm.', meanings.unilm);
  if (outer.startsWith('layernorm.')) return renamed(outer.replace('layernorm.', meanings.beside));
  return renamed(bare);
}

function renamed(name: string): string {
  return RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
}
