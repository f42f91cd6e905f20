import { type Alteration, alteredCheckpoint } from '../weights/altered/alteredCheckpoint.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';

/** torchscale's multiway layers have an expert A for pictures and B for text. */
const MULTIWAY = /(?:^|\.)encoder\.layers\.\d+\.self_attn\.q_proj\.A\.weight$/;
const PREFIX = /^(?:(?:module|model)\.)*(?:beit3\.)?/;
/** Of the text, and the token of masked patches, which no head here reads. */
const HIDDEN = /\.B\.|^text_embed\.|^vision_embed\.mask_token$/;
const POSITIONS = 'embeddings.position_embeddings';
/** fairseq counts positions from 2: the first rows of the table are never read. */
const FIRST_POSITION = 2;

/** Names of unilm's BEiT-3 → canonical names. */
const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^vision_embed\.cls_token$/, 'embeddings.cls_token'],
  [/^vision_embed\.proj\./, 'embeddings.patch_embeddings.projection.'],
  [/^encoder\.embed_positions\.A\.weight$/, POSITIONS],
  [/^encoder\.layer_norm\.A\./, 'layernorm.'],
  [/^encoder\.layers\.(\d+)\./, 'encoder.layer.$1.'],
  [/\.self_attn_layer_norm\.A\./, '.layernorm_before.'],
  [/\.final_layer_norm\.A\./, '.layernorm_after.'],
  [/\.self_attn\.q_proj\.A\./, '.attention.attention.query.'],
  [/\.self_attn\.k_proj\.A\./, '.attention.attention.key.'],
  [/\.self_attn\.v_proj\.A\./, '.attention.attention.value.'],
  [/\.self_attn\.inner_attn_ln\.A\./, '.attention.layernorm.'],
  [/\.self_attn\.out_proj\.A\./, '.attention.output.dense.'],
  [/\.ffn\.A\.fc1\./, '.intermediate.dense.'],
  [/\.ffn\.A\.ffn_layernorm\./, '.intermediate.layernorm.'],
  [/\.ffn\.A\.fc2\./, '.output.dense.'],
  [/^fc_norm\./, 'pooler.layernorm.'],
  [/^head\.(weight|bias)$/, 'classifier.$1'],
];

/**
 * The vision part of a file of unilm's BEiT-3, under canonical names; other checkpoints come back as they are.
 *
 * @example
 * const checkpoint = visionExperts(await openCheckpoint(files));
 */
export function visionExperts(checkpoint: Checkpoint): Checkpoint {
  const names = [...checkpoint.tensors.keys()];
  if (!names.some((name) => MULTIWAY.test(name))) return checkpoint;
  const bare = new Map(names.map((name) => [name, name.replace(PREFIX, '')]));
  const hidden = new Set(names.filter((name) => HIDDEN.test(bare.get(name)!)));
  const seen = names.filter((name) => !hidden.has(name));
  const alterations = seen.map((name) => [name, alterationOf(bare.get(name)!, checkpoint.tensors.get(name)!.shape)]);
  return alteredCheckpoint(checkpoint, new Map(alterations as [string, Alteration][]), hidden);
}

function alterationOf(bare: string, shape: readonly number[]): Alteration {
  const name = RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), bare);
  if (name !== POSITIONS) return { name, alter: () => {} };
  const [rows, dim] = shape;
  return { name, alter: () => {}, skip: FIRST_POSITION * dim, shape: [1, rows - FIRST_POSITION, dim] };
}
