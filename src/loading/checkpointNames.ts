/** What the names of a checkpoint mean. */
export interface CheckpointNames {
  /** Canonical name of every tensor; null for what carries no weights. */
  readonly canonical: ReadonlyMap<string, string | null>;
  /** What was taken off the names, such as `net.`; '' for none. */
  readonly prefix: string;
  /** Whether that is the prefix of a running mean of the weights. */
  readonly isAveraged: boolean;
}

/** The names that transformers writes for a BEiT, ViT or DeiT and its classifier: canonical behind the name of the family. */
const PLAIN =
  /^(?:(?:beit|data2vec_vision|vit|deit)\.)?((?:embeddings\.(?:cls_token|mask_token|distillation_token|position_embeddings|patch_embeddings\.projection\.(?:weight|bias))|encoder\.(?:layer\.\d+\.(?:attention\.(?:attention\.(?:query|key|value)|output\.dense)\.(?:weight|bias)|(?:intermediate\.dense|output\.dense|layernorm_before|layernorm_after)\.(?:weight|bias)|lambda_[12]|attention\.attention\.relative_position_bias\.relative_position_(?:bias_table|index))|relative_position_bias\.relative_position_(?:bias_table|index))|pooler\.(?:layernorm|dense)\.(?:weight|bias)|(?:classifier|layernorm)\.(?:weight|bias))(?:_scale)?)$/;

/** @throws `InvalidCheckpoint` when names of several models, or of one tensor, cannot be told apart */
export async function checkpointNames(names: readonly string[], useEma = false): Promise<CheckpointNames> {
  const plain = useEma ? null : plainNames(names);
  if (plain) return { canonical: plain, prefix: '', isAveraged: false };
  // the rules for the names of all others are a chunk of their own
  const { canonicalNames, commonPrefix, isAveraged } = await import('../model/beit/config/names.ts');
  const prefix = commonPrefix(names, useEma);
  return { canonical: canonicalNames(names, useEma), prefix, isAveraged: isAveraged(prefix) };
}

/** What `canonicalNames` gives, where all names are plain; null where they are not. */
export function plainNames(names: readonly string[]): ReadonlyMap<string, string | null> | null {
  const canonical = new Map<string, string | null>();
  const seen = new Set<string>();
  for (const name of names) {
    const bare = PLAIN.exec(name)?.[1];
    // beside a prefixed body, `layernorm` is that of another head
    if (bare === undefined || seen.has(bare) || name.startsWith('layernorm.')) return null;
    seen.add(bare);
    canonical.set(name, bare.endsWith('_index') ? null : bare);
  }
  return canonical;
}
