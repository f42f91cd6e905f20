import { BeitError, check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { ByteSource } from '../bytes/byteSource.ts';
import { parseStrictJson } from './strictJson.ts';

const MAX_INDEX = 16_000_000;
/** One plain file name: no folder, no drive, no escape, no leading dot. */
const SHARD_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/**
 * The `weight_map` of an index file: tensor name → name of the shard that holds it.
 *
 * @throws `InvalidCheckpoint` when it is not an index, or names a file in another folder.
 * @example
 * const shards = new Set((await readShardIndex(source)).values());
 */
export async function readShardIndex(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  const wrong = `Cannot read "${source.name}"`;
  check(source.size <= MAX_INDEX, 'InvalidCheckpoint', `${wrong}: an index of ${source.size} bytes is too large`);
  const index = parseStrictJson(
    decode(await source.read(0, source.size), wrong),
    'InvalidCheckpoint',
    `"${source.name}"`,
  );
  const map = index instanceof Map ? index.get('weight_map') : undefined;
  check(map instanceof Map && map.size > 0, 'InvalidCheckpoint', `${wrong}: it has no "weight_map"`);
  for (const [tensor, file] of map) {
    const plain = typeof file === 'string' && SHARD_NAME.test(file) && !file.includes('..');
    check(plain, 'InvalidCheckpoint', () => {
      return `${wrong}: the shard of ${quoted(tensor)} must be a plain file name, got ${quoted(file)}`;
    });
  }
  return map as Map<string, string>;
}

function decode(bytes: Uint8Array, wrong: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BeitError('InvalidCheckpoint', `${wrong}: it is not UTF-8`);
  }
}
