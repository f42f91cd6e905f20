import { AVERAGED } from '../../../averaged.ts';
import { check } from '../../../errors.ts';
import { quoted } from '../../../quoted.ts';
import { RULES } from './nameRules.ts';

/** Whose names a checkpoint uses: transformers up to 4, 5 in memory, unilm (and timm), candle's variant of timm, mmpretrain and mmsegmentation. */
export type Naming = 'transformers' | 'transformers5' | 'unilm' | 'candle' | 'openmmlab';

/** What trainers, compilers and wrappers put before every name. */
const WRAPPERS = /^(?:(?:module|model|_orig_mod)\.)+/;
/** What torch.compile, activation checkpointing and FSDP put before the names of the part that they wrap, wherever it is. */
const INNER_WRAPPERS = /(^|\.)(?:(?:_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module)\.)+/g;
const BODIES = 'dpt|beit|data2vec_vision|vit|deit|dinov2|dinov2_with_registers';
const BODY = new RegExp(`^(?:${BODIES})\\.`);
const OUTER_BODY = new RegExp(`^(?:(?:${BODIES}|backbone|timm_model)\\.)+`);
/** Every BEiT has this one tensor; what precedes it is the prefix of the model and of its body. */
const ANCHOR = /^(.*?)(?:embeddings\.patch_embeddings\.projection|patch_embed\.proj(?:ection)?)\.weight$/;
const BODY_PREFIX = new RegExp(`(?:(?:${BODIES}|backbone|timm_model)\\.)+$`);
/** The model that makes the visual tokens of a pre-training, in mmpretrain's files. */
const TOKENIZER = /^target_generator\./;
/** Carries no weights of the model: index buffers, counters, the second head of BEiT v2, training state. */
const IGNORED =
  /(?:^|\.)(?:relative_position_index|position_ids|num_batches_tracked|k_bias)$|^(?:cls_pt_layers|target_generator|data_preprocessor|optimizer|lr_scheduler|scaler)\./;

/** torchscale's multiway blocks. */
const MULTIWAY = /(?:^|\.)encoder\.layers\.\d+\.self_attn\.q_proj\.[AB]\./;

/**
 * The canonical name of every tensor of a checkpoint, or null for what carries no weights or is of a second model in the same
 * file. Canonical are the names of
 * the hub's files without the `beit.` of classes with a head; the norm of the masked-modeling head is
 * `head.layernorm.*`, and a fused query, key and value stay one `attention.attention.qkv.*`. A name that no naming knows
 * comes back as it is, for the loader to report.
 *
 * @throws `InvalidCheckpoint` when two tensors have the same meaning, or are of another block.
 * @example
 * canonicalNames(['blocks.0.gamma_1']).get('blocks.0.gamma_1'); // 'encoder.layer.0.lambda_1'
 */
export function canonicalNames(names: Iterable<string>, useEma = false): Map<string, string | null> {
  const all = [...names];
  check(!all.some((name) => MULTIWAY.test(name)), 'InvalidCheckpoint', () => {
    return "Cannot load the weights: their names are those of unilm's BEiT-3, whose blocks have experts for pictures (A) and for text (B); fromPretrained opens the vision part";
  });
  const model = modelIn(all.map(unwrapped), useEma);
  const isOwn = (name: string) => ownerOf(unwrapped(name), model) === model.owner;
  const bareName = (name: string) => withoutPrefix(unwrapped(name), model.prefix);
  const meanings = meaningsOf(all.filter(isOwn).map(bareName));
  const canonical = new Map(all.map((name) => [name, isOwn(name) ? canonicalName(bareName(name), meanings) : null]));
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
  return modelIn(names.map(unwrapped), useEma).prefix;
}

/** The model that is meant, and where others of the same file are. */
interface FoundModel {
  readonly prefix: string;
  /** What its names begin with, one of `owners`: `prefix`, or less of it. */
  readonly owner: string;
  readonly owners: readonly string[];
}

function modelIn(names: readonly string[], useEma: boolean): FoundModel {
  const anchors = names.map((name) => ANCHOR.exec(name)?.[1]).filter((at) => at !== undefined && !TOKENIZER.test(at));
  const bodies = new Map(anchors.map((at) => [at!.replace(BODY_PREFIX, ''), at!]));
  const owners = [...bodies.keys()];
  const wanted = owners.length > 1 ? owners.filter((owner) => AVERAGED.test(owner) === useEma) : owners;
  check(wanted.length === Math.min(owners.length, 1), 'InvalidCheckpoint', () => {
    const list = owners.map((owner) => quoted(owner)).join(', ');
    return `Cannot tell which model is meant: names of several begin with ${list}`;
  });
  const [owner = ''] = wanted;
  const own = names.filter((name) => ownerOf(name, { owner, owners }) === owner);
  return { prefix: withSharedBody(own, owner, bodies.get(owner) ?? ''), owner, owners };
}

/** The longest of `owners` that begins the name; what none begins belongs to the model that is meant. */
function ownerOf(name: string, { owner, owners }: Pick<FoundModel, 'owner' | 'owners'>): string {
  const fitting = owners.filter((each) => name.startsWith(each));
  return fitting.length === 0 ? owner : fitting.reduce((a, b) => (a.length >= b.length ? a : b));
}

/** `prefix`, and as much of the name of the body behind it as the head has too: a whole model that a class calls `vit`. */
function withSharedBody(names: readonly string[], prefix: string, body: string): string {
  const own = names.filter((name) => name.startsWith(prefix) && name.includes('.'));
  const parts = body.slice(prefix.length).split(/(?<=\.)/);
  let shared = prefix;
  for (const part of parts) {
    if (!own.every((name) => name.startsWith(shared + part))) return shared;
    shared += part;
  }
  return shared;
}

function unwrapped(name: string): string {
  return name.replace(INNER_WRAPPERS, '$1');
}

/** Whether a prefix says nothing: that of a trainer, of a body as transformers calls it, or none. */
export function isUsual(prefix: string): boolean {
  return prefix.replace(WRAPPERS, '').replace(OUTER_BODY, '') === '';
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
export function namingOf(names: Iterable<string>, useEma = false): Naming {
  const given = [...names];
  const prefix = commonPrefix(given, useEma);
  return namingOfBare(given.map((name) => withoutPrefix(unwrapped(name), prefix)));
}

/** Of names without their prefix. */
function namingOfBare(names: readonly string[]): Naming {
  const all = names.map((name) => name.replace(WRAPPERS, '').replace(OUTER_BODY, ''));
  if (all.some((name) => /^layers\.\d+\.ln1\./.test(name))) return 'openmmlab';
  const has = (pattern: RegExp) => all.some((name) => pattern.test(name));
  if (has(/^blocks\.\d+\.ls1\.gamma$/) && has(/^(?:blocks\.\d+\.attn|rel_pos_bias)\.relative/)) return 'candle';
  if (all.some((name) => /^(?:blocks\.|patch_embed\.)/.test(name))) return 'unilm';
  return all.some((name) => /^layers\.\d+\./.test(name)) ? 'transformers5' : 'transformers';
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
  const masked = bare.some((name) => /^(?:lm_head|head\.cls_head)\./.test(name));
  const pooled = namingOfBare(names) === 'candle' && !bare.some((name) => name.startsWith('fc_norm.'));
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
  if (/^(?:norm|ln1)\./.test(bare)) return bare.replace(/^(?:norm|ln1)\./, meanings.unilm);
  if (outer.startsWith('layernorm.')) return renamed(outer.replace('layernorm.', meanings.beside));
  return renamed(bare);
}

function renamed(name: string): string {
  return RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
}
