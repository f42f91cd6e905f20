/**
 * The canonical name of every tensor of a checkpoint, or null for what carries no weights. Canonical are the names of
 * the hub's files without the "beit." of classes with a head; the norm of the masked-modelling head is "head.layernorm".
 */
export function canonicalNames(names: Iterable<string>): Map<string, string | null> {
  const all = [...names];
  const prefixed = all.some((name) => name.startsWith('beit.'));
  return new Map(all.map((name) => [name, canonicalName(name, prefixed)]));
}

function canonicalName(name: string, prefixed: boolean): string | null {
  if (/relative_position_index$|position_ids$|num_batches_tracked$/.test(name)) return null;
  if (prefixed && name.startsWith('layernorm.')) return `head.${name}`;
  return name.replace(/^beit\./, '');
}
