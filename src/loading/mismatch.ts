import { BeitError } from '../errors.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import { quoted } from '../quoted.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import { checkpointNames } from './checkpointNames.ts';

/** What a checkpoint lacks of a model, has beyond it, and what was taken off its names. */
interface Mismatch {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly prefix: string;
}

/** What classes add to the body, each its own: nothing that another class misses. */
const OF_HEAD =
  /^(?:classifier|lm_head|decode_head|auxiliary_head|fpn\d|head|pooler|layernorm|embeddings\.mask_token)(?:\.|$)/;
/** What a file has where something is missing: other names, the head of another class. */
export function insteadOf({ missing, unexpected }: Mismatch, canonical: ReadonlyMap<string, string | null>): string {
  const head = headClass(new Set(canonical.values()));
  const own = headClass(new Set(missing));
  if (head && own && head !== own) return `; the weights are those of a ${head}`;
  if (unexpected.length === 0) return '';
  if (unexpected.some((name) => name.includes('.base_layer.')))
    return '; the file is a model of PEFT that was not merged: save merge_and_unload() of it in Python';
  if (unexpected.some((name) => name.includes('.lora_')))
    return '; the file is a PEFT adapter: put it and its adapter_config.json beside its base';
  const shown = unexpected.slice(0, 3).map((name) => quoted(name));
  return `; the file has ${unexpected.length} others, such as ${shown.join(', ')}`;
}

/** The class whose head these names are, or null. */
function headClass(names: ReadonlySet<string | null>): string | null {
  if (names.has('lm_head.weight')) return 'BeitForMaskedImageModeling';
  if (names.has('decode_head.classifier.weight')) return 'BeitForSemanticSegmentation';
  return names.has('classifier.weight') ? 'BeitForImageClassification' : null;
}

/** A config that does not suit the class that was asked for, with the class that it was saved by. */
export function withSavedClass(error: unknown, config: BeitConfig, asked: string): unknown {
  const saved = Object(config.extra?.architectures)[0];
  const own = Object.entries(config.family?.classes ?? {}).find(([, name]) => name === saved)?.[0];
  if (!(error instanceof BeitError) || error.code !== 'InvalidConfig' || !own || own === asked) return error;
  return new BeitError('InvalidConfig', `${error.message}; the model is a ${saved}`, { cause: error });
}

/** What a user should hear of a model that loaded. */
export async function warningsOf(
  { missing, unexpected, prefix }: Mismatch,
  { file, tensors }: Pick<Checkpoint, 'file' | 'tensors'>,
  useEma = false,
): Promise<string[]> {
  const { canonical } = await checkpointNames([...tensors.keys()], useEma);
  const nameOf = (name: string) => canonical.get(name) ?? name;
  const unused = new Set(unexpected);
  // of a head that the model has, nothing is left over
  const used = new Set([...tensors.keys()].filter((name) => !unused.has(name)).map((name) => headOf(nameOf(name))));
  const strange = unexpected.filter((name) => headOf(nameOf(name)) === null || used.has(headOf(nameOf(name))));
  const shown = strange
    .slice(0, 3)
    .map((name) => quoted(name))
    .join(', ');
  const left = `${strange.length} tensors of "${file}" have no place in the model and were not used: ${shown}${strange.length > 3 ? ', …' : ''}`;
  return [
    ...(prefix && !(await isUsualPrefix(prefix))
      ? [`The prefix ${quoted(prefix)} was taken off the names of "${file}"`]
      : []),
    ...(strange.length > 0 ? [left] : []),
    ...(missing.some((name) => name.startsWith('pooler.'))
      ? [
          `"${file}" has no weights of a pooler: there is no poolerOutput, unless what the file lacks is initialized (allowMissing)`,
        ]
      : []),
  ];
}

/** What a class adds to the body that a name is of, or null; timm calls a classifier `head`. */
function headOf(name: string): string | null {
  return OF_HEAD.exec(name.replace(/^head\.(?!layernorm\.)/, 'classifier.'))?.[0] ?? null;
}

/** A prefix is found by the rules for all names, so their chunk is there. */
async function isUsualPrefix(prefix: string): Promise<boolean> {
  const { isUsual } = await import('../model/beit/config/names.ts');
  return isUsual(prefix);
}
